"""Timetables and teaching plans of any drawing, and what they change in the records."""
