"""Call sets for a command: drawn or recorded, of one day or many, laid over each other for a heavier load."""
