"""The law, as data: procedures, grounds, calendars, and the counting of days.

Plain Python. It knows no database and no Django, so that a lawyer can check a file, and a test can
count a deadline, without starting anything. The files beside the code are the law; the code only reads
them and counts. `procedures` is the door for the other packages; `clocks` counts; `explain` puts the
steps of a count into words.
"""
