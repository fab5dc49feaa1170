"""Who a patient is: names and hospital numbers, in a database of their own with its own credentials."""
