"""What is held about a person: records, their versions, the measures that rest on them, who received and who looked.

Programmes (the schemes under which data is held) are files in `records/programmes/`. This
package never knows of cases: a decision *calls* `records.operations.correct(...)`.
"""
