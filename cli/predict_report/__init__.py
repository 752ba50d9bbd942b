"""The page that shows how good a prediction model is: tables, reliability plots and maps."""
