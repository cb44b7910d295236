"""Attendance in the room: cards and touches become facts, facts become marks."""
