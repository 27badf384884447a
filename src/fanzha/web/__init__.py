"""Top floor: the JSON API. No rules of its own."""
