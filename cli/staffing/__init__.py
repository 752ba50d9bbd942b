"""`officers demand staffing`: when crews begin, and how many are needed."""
