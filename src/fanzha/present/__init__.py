"""Results made visible: pages, pictures, letters, tables. No rules of its own."""
