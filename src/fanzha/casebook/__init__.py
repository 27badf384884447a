"""Floor 3: the one append-only record of facts, findings and actions."""
