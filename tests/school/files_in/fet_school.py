"""A synthetic school of 37 classes in two shifts as .fet files, one for each shift."""

from xml.sax.saxutils import escape

DAYS = [f"Thứ {n}" for n in range(2, 8)]
HOURS = [f"T{n}" for n in range(1, 6)]
MORNING = [f"12A{n}" for n in range(1, 13)] + [f"10A{n}" for n in range(1, 8)]
AFTERNOON = [f"11A{n}" for n in range(1, 13)] + [f"10A{n}" for n in range(8, 14)]
# subject, single lessons, double lessons, room ("" = the class's own)
SUBJECTS = [
    ("Chào cờ", 1, 0, ""),
    ("SHL", 1, 0, ""),
    ("Toán", 2, 1, ""),
    ("Ngữ văn", 2, 1, ""),
    ("Ngoại ngữ", 3, 0, ""),
    ("Vật lí", 2, 0, ""),
    ("Hóa học", 2, 0, ""),
    ("Sinh học", 1, 0, ""),
    ("Lịch sử", 2, 0, ""),
    ("Địa lí", 2, 0, ""),
    ("Tin học", 0, 1, "Phòng Tin"),
    ("GDĐP", 1, 0, ""),
    ("HĐTN", 1, 0, ""),
]
LABS = ("Phòng Tin 1", "Phòng Tin 2")


def lessons(classes: list[str], shift: str) -> list[tuple[list[str], str, list[str], int, str]]:
    """(classes, subject, teachers, length, room); pairs of classes share physical education."""
    made = []
    for n, name in enumerate(classes):
        for subject, single, double, room in SUBJECTS:
            key = n if subject in {"Chào cờ", "SHL"} else n // 4
            teachers = [f"{'CT'[n % 2]}.{shift}{subject.split()[0]}{key}"]
            if subject == "Tin học" and n % 5 == 0:
                teachers.append(f"C.{shift}Phụ{n}")
            where = LABS[n % 2] if room else ""
            made += [([name], subject, teachers, 1, where)] * single
            made += [([name], subject, teachers, 2, where)] * double
    for n in range(0, len(classes), 2):
        made += [(classes[n : n + 2], "GDTC", [f"T.{shift}Thể{n}"], 1, "")] * 2
    return made


def slots_of(classes: list[str]) -> int:
    """Cells that the shift must give: classes × weekly slots."""
    weekly = sum(single + 2 * double for _, single, double, _ in SUBJECTS) + 2
    return len(classes) * weekly


def fet_file(classes: list[str], shift: str) -> str:
    """The input of fet-cl."""
    planned = lessons(classes, shift)
    subjects = sorted({subject for _, subject, _, _, _ in planned})
    teachers = sorted({t for _, _, names, _, _ in planned for t in names})
    grades = sorted({name[:2] for name in classes})
    years = "".join(
        f"<Year><Name>Khối {g}</Name><Number_of_Students>0</Number_of_Students>"
        + "".join(
            f"<Group><Name>{c}</Name><Number_of_Students>0</Number_of_Students></Group>"
            for c in classes
            if c.startswith(g)
        )
        + "</Year>"
        for g in grades
    )
    activities = "".join(
        "<Activity>"
        + "".join(f"<Teacher>{escape(t)}</Teacher>" for t in names)
        + f"<Subject>{subject}</Subject>"
        + "".join(f"<Students>{c}</Students>" for c in who)
        + f"<Duration>{length}</Duration><Total_Duration>{length}</Total_Duration><Id>{n}</Id>"
        "<Activity_Group_Id>0</Activity_Group_Id><Active>true</Active></Activity>"
        for n, (who, subject, names, length, _) in enumerate(planned, 1)
    )
    rooms = "".join(
        "<ConstraintActivityPreferredRoom><Weight_Percentage>100</Weight_Percentage>"
        f"<Activity_Id>{n}</Activity_Id><Room>{room}</Room><Permanently_Locked>true"
        "</Permanently_Locked><Active>true</Active></ConstraintActivityPreferredRoom>"
        for n, (_, _, _, _, room) in enumerate(planned, 1)
        if room
    )
    listed = {
        "Days_List": ("Day", DAYS, "Number_of_Days"),
        "Hours_List": ("Hour", HOURS, "Number_of_Hours"),
        "Subjects_List": ("Subject", subjects, ""),
        "Teachers_List": ("Teacher", teachers, ""),
        "Rooms_List": ("Room", list(LABS), ""),
    }
    lists = "".join(
        f"<{name}>"
        + (f"<{count}>{len(items)}</{count}>" if count else "")
        + "".join(
            f"<{tag}><Name>{escape(i)}</Name>"
            + ("<Capacity>100</Capacity>" if tag == "Room" else "")
            + f"</{tag}>"
            for i in items
        )
        + f"</{name}>"
        for name, (tag, items, count) in listed.items()
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><fet version="6.8.5">'
        "<Institution_Name>Trường tổng hợp</Institution_Name>"
        + lists
        + f"<Students_List>{years}</Students_List><Activities_List>{activities}</Activities_List>"
        "<Time_Constraints_List><ConstraintBasicCompulsoryTime><Weight_Percentage>100"
        "</Weight_Percentage><Active>true</Active></ConstraintBasicCompulsoryTime>"
        "</Time_Constraints_List><Space_Constraints_List><ConstraintBasicCompulsorySpace>"
        "<Weight_Percentage>100</Weight_Percentage><Active>true</Active>"
        f"</ConstraintBasicCompulsorySpace>{rooms}</Space_Constraints_List></fet>"
    )
