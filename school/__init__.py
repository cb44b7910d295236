"""The school's records and its pure rules: people, timetable, marks, files."""
