"""Pages on who somebody is: doubtful lines, joined and split files. For caseworkers and supervisors of the holder."""
