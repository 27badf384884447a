"""Floor 1: what everything else speaks of. Facts, findings, actions, value types, vocabulary."""
