"""What people see: charts, pages, terminal tables, and the handbook, from the derived tables alone."""
