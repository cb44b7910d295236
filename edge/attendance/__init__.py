"""Taps and marks: durable first, then judged, then answered."""
