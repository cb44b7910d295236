"""Lists of pupils and staff, and what they change in the records."""
