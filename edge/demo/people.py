"""The people of the made-up school. Nobody here exists; two pupils of 10A1 share one name."""

PUPILS_10A1 = (
    "Nguyễn Hoàng An", "Lê Thị Ngọc Ánh", "Trần Gia Bảo", "Lò Văn Bun", "Phạm Minh Châu",
    "Nguyễn Thị Linh Chi", "Giàng A Chư", "Hoàng Đức Cường", "Bùi Thị Thùy Dung", "Đỗ Anh Dũng",
    "Vi Thị Duyên", "Nguyễn Tiến Đạt", "Phan Hải Đăng", "Lê Hương Giang", "Nguyễn Thu Hà",
    "Nguyễn Thu Hà", "Quàng Thị Hặc", "Trần Trung Hiếu", "Hơ Thị", "Đặng Quốc Huy",
    "Nguyễn Khánh Huyền", "Vũ Duy Khánh", "Lê Tuấn Kiệt", "Hoàng Thị Mai Lan", "Nguyễn Thùy Linh",
    "Cao Bảo Long", "Trần Thị Hà My", "Páo", "Phạm Nhật Minh", "Lường Thị Nga",
    "Nguyễn Bảo Ngọc", "Trịnh Yến Nhi", "Sùng A Phử", "Lê Thanh Phong", "Mai Thị Phương",
    "Nguyễn Anh Quân", "Hà Thị Như Quỳnh", "Trần Thái Sơn", "Nguyễn Phương Thảo", "Vàng Mí Thò",
    "Đinh Quang Trung", "Lê Hải Yến",
)  # fmt: skip

PUPILS_10A2 = (
    "Trần Đức Anh", "Nguyễn Thị Vân Anh", "Lê Xuân Bách", "Phạm Thị Bình", "Thào A Cở",
    "Hoàng Kim Chi", "Nguyễn Mạnh Cường", "Trương Thị Diễm", "Lê Quang Dương", "Nguyễn Hữu Đức",
    "Bạc Cầm Đôi", "Vũ Trà Giang", "Nguyễn Ngọc Hân", "Phan Gia Hân", "Đoàn Minh Hiếu",
    "Lý Thị Hoa", "Nguyễn Việt Hoàng", "Trần Thị Mỹ Hạnh", "Lê Gia Hưng", "Cà Thị Inh",
    "Nguyễn Đăng Khoa", "Phùng Thị Liên", "Ly", "Trần Khánh Linh", "Nguyễn Hoàng Long",
    "Đỗ Thị Ngọc Mai", "Lê Đình Nam", "Nguyễn Kim Ngân", "Tòng Văn Ngoan", "Hồ Thị Nhung",
    "Phạm Tấn Phát", "Nguyễn Minh Phúc", "Lò Thị Phượng", "Trần Đăng Quang", "Bùi Thị Sen",
    "Nguyễn Văn Tài", "Mùa Thị Tằng", "Lê Minh Thư", "Nguyễn Cẩm Tú", "Trần Anh Tuấn",
    "Đào Tường Vi", "Nguyễn Hải Vương",
)  # fmt: skip

STAFF = (
    ("Trần Thị Hà", "Ngữ văn"),
    ("Lê Văn Toàn", "Toán"),
    ("Nguyễn Anh Tuân", "Tin học"),
    ("Phạm Thị Phương Nga", "Tiếng Anh"),
    ("Đỗ Thị Dung", "Lịch sử"),
    ("Vũ Đức Mạnh", "Vật lí"),
    ("Hoàng Thị Lan", "Hóa học"),
    ("Bùi Quốc Hùng", "Giáo dục thể chất"),
)
"""Name and subject."""
