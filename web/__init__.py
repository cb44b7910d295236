"""The browser surfaces as static files, and what both of our web servers need."""
