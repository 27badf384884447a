"""What the desk takes in: pasted words, dropped files, rows that were refused."""
