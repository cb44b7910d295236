"""Files as tables: workbooks, text tables, XML; headings, cells and what became of each."""
