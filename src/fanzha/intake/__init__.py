"""What comes in: a victim's words and the banks' statement files, read into model objects."""
