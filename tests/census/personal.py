"""What each column is, as far as people are concerned. A new column fails until it has a class here.

sealed   says something about a person in the clear, and is encrypted under that person's or organisation's key
hashed   a keyed hash, digest or secret's hash: compares, and tells nothing without the key
linked   codes, days and ids in a row about one person, who is known by an opaque id only
clear    personal, and readable: each has its reason in CLEAR
plain    about nobody, or about an organisation
"""

_ABOUT = "id subject"  # most rows about a person: their own id and the person's

COLUMNS: dict[str, dict[str, str]] = {
    "accounts.Organisation": {"plain": "id code name_en name_zh registered_at"},
    "accounts.Membership": {"linked": "user number since ended_at", "plain": "id organisation role"},
    "accounts.SignInCode": {
        "hashed": "address_lookup code_hash",
        "plain": "id asked_at expires_at tries_left used_at",
    },
    "accounts.Attempt": {"hashed": "key", "plain": "id kind window count"},
    "accounts.Subject": {
        "sealed": "sealed_particulars",
        "hashed": "name_hash birth_hash alike",
        "linked": "id kind language created_at merged_into",
    },
    "accounts.Identifier": {"sealed": "sealed", "hashed": "lookup", "linked": f"{_ABOUT} scheme"},
    "accounts.Contact": {
        "sealed": "sealed",
        "hashed": "lookup",
        "linked": f"{_ABOUT} origin added_at confirmed_at proved_at settles_at ended_at",
    },
    "accounts.ContactVouch": {"hashed": "lookup", "linked": f"{_ABOUT} source since"},
    "accounts.ContactChange": {
        "sealed": "sealed",
        "hashed": "lookup code_hash stop_hash",
        "linked": f"{_ABOUT} tries_left asked_at expires_at is_proved confirmed_at old new stopped_at",
    },
    "accounts.ContactWishes": {"sealed": "sealed", "linked": "subject changed_at"},
    "accounts.ApiKey": {
        "hashed": "secret_hash",
        "linked": "issued_by",
        "plain": "id prefix organisation scopes programmes issued_at expires_at revoked_at",
    },
    "accounts.IdempotentRequest": {
        "sealed": "sealed_body",
        "hashed": "fingerprint",
        "linked": "owner location",
        "plain": "id key status begun_at",
    },
    "accounts.Mandate": {
        "sealed": "sealed",
        "hashed": "code_hash",
        "linked": f"{_ABOUT} holder basis reach programmes from_on to_on given_at given_by entered_by confirmed_by"
        " code_expires_at accepted_at revoked_at",
    },
    "accounts.PostalAddress": {
        "sealed": "sealed",
        "linked": f"{_ABOUT} noted_by noted_at settles_at ended_at is_disowned",
    },
    "accounts.ActivationLetter": {
        "hashed": "code_hash",
        "linked": f"{_ABOUT} made_by made_at expires_at tries_left used_at",
    },
    "accounts.User": {
        "clear": "email",
        "hashed": "password",
        "linked": "id subject last_login language is_active joined_at signed_out_at",
    },
    "delivery.Message": {
        "sealed": "sealed_params",
        "linked": "id subject_id organisation_id case_id record_id measure_id contact_id kind params created_at"
        " read_at",
        "plain": "not_possible mail_state tries next_try_at sent_at last_error",
    },
    "delivery.Letter": {
        "linked": "id message subject_id postal_id made_at printed_at printed_by posted_on posted_by delivered_on"
        " delivered_by",
    },
    "delivery.Delivery": {
        "linked": "id organisation_id programme what subject_id record_id received_version_id case_id caused_at number"
        " given_at acknowledged_at acknowledged_with",
    },
    "audit.Entry": {
        "hashed": "leaf leaf_hash",
        "linked": "case_id record_id",
        "plain": "entry_id recorded_at event_type",
    },
    "audit.Opening": {"sealed": "sealed", "linked": "entry_id subject_key", "plain": "name"},
    "audit.SubjectKey": {"sealed": "wrapped_key", "linked": "subject_key destroyed_at"},
    "audit.Pending": {"hashed": "leaf_hash", "plain": "entry_id"},
    "audit.FailureCount": {"plain": "id kind minute count"},
    "audit.Leaf": {"hashed": "leaf_hash", "plain": "leaf_index entry_id"},
    "audit.Tree": {"hashed": "root", "plain": "id size refusal refused_at"},
    "audit.StoredTile": {"hashed": "data", "plain": "level index"},
    "audit.Checkpoint": {"hashed": "root", "plain": "size note created_at"},
    "audit.Cosignature": {"plain": "size witness line created_at"},
    "records.ImportRun": {
        "linked": "started_by",
        "hashed": "file_sha256",
        "plain": "id programme file_name form only_source is_strict is_snapshot is_again state goes_on_from started_at"
        " seen_at finished_at lines_in_file lines_read created changed unchanged withdrawn waiting doubtful refused",
    },
    "records.RunSource": {"plain": "id run source"},
    "records.RefusedLine": {"plain": "id run source line field code sentence params"},
    "records.SourceWithdrawal": {
        "linked": f"{_ABOUT} record before withdrawn_at entered_by entered_with entered_in returned_at",
    },
    "records.SourceChange": {
        "sealed": "sealed",
        "hashed": "digest",
        "linked": f"{_ABOUT} record kind state method adverse ends valid_from valid_to received_at entered_by"
        " entered_with entered_in settled_at case_id",
    },
    "records.DoubtfulLine": {
        "sealed": "sealed sealed_reason",
        "hashed": "who digest",
        "linked": f"{_ABOUT} programme holder source source_ref type reason state arrived_at entered_by entered_with"
        " entered_in decided_by decided_at",
    },
    "records.IdentityChange": {
        "sealed": "sealed",
        "linked": f"{_ABOUT} kind holder other state plan proposed_by proposed_at decided_by decided_at undone_by"
        " undone_at",
    },
    "records.IdentityMove": {"linked": f"{_ABOUT} change kind row was became"},
    "records.Statement": {"sealed": "sealed", "linked": f"{_ABOUT} record language number written_at ended_at"},
    "records.Record": {
        "linked": f"{_ABOUT} programme type source source_ref adverse state latest_number created_at",
    },
    "records.Version": {
        "hashed": "digest",
        "linked": f"{_ABOUT} record number cause method valid_from valid_to recorded_at entered_by entered_with"
        " entered_in case_id",
    },
    "records.Content": {"sealed": "sealed", "linked": "version subject record purged_at"},
    "records.Mark": {"linked": f"{_ABOUT} record kind field case_id placed_at ended_at"},
    "records.Measure": {
        "linked": f"{_ABOUT} record type from_on to_on state suspended_by_case resumes_on lifted_at"
        " ended_by_withdrawal imposed_at"
        " entered_by entered_with entered_in end_entered_by end_entered_with end_entered_in",
    },
    "records.Disclosure": {"linked": f"{_ABOUT} record version recipient key purpose marks disclosed_at"},
    "records.Access": {
        "linked": f"{_ABOUT} record organisation user role number purpose reason case_id looked_at",
    },
    "records.Keeping": {
        "linked": f"{_ABOUT} record of number programme_version until next_look_at waits_for waits_until tries"
        " last_error done_at",
    },
    "records.Subscription": {"linked": f"{_ABOUT} recipient key programme purpose record made_at ended_at"},
    "records.ImportJob": {
        "hashed": "file_sha256",
        "plain": "id source key programme size state error run received_at finished_at tries next_try_at",
    },
    "records.Export": {
        "linked": f"{_ABOUT} asked_by in_full language state schema_version asked_at upto last total done tries"
        " next_try_at last_error made_at expires_at gone_at why_gone",
    },
    "records.ExportFile": {"hashed": "digest", "linked": f"{_ABOUT} export part kind entries size"},
    "appeals.Case": {
        "sealed": "sealed_without",
        "linked": f"{_ABOUT} reference programme holder procedure procedure_version milder_version language status"
        " filed_at filed_by decide_by decide_by_latest due_is_provisional standing mandate received_on posted_on"
        " entered_by answer_by caseworker decided_at served_at withdrawal_effective_on closed_at",
    },
    "appeals.Item": {"sealed": "sealed", "linked": f"{_ABOUT} case number record version field measure ground"},
    "appeals.ClockEntry": {
        "sealed": "sealed_words",
        "linked": f"{_ABOUT} case clock kind at on event reason until due_earliest due_latest by",
    },
    "appeals.Clock": {
        "linked": f"{_ABOUT} case name state due_earliest due_latest is_provisional look_on reminded_at missed_at"
        " done_at tries next_try_at",
    },
    "appeals.CompletionRequest": {
        "sealed": "sealed sealed_answer",
        "linked": f"{_ABOUT} case rule asked_by asked_at ended_at received_on posted_on",
    },
    "appeals.LateFiling": {
        "sealed": "sealed sealed_hindered",
        "linked": f"{_ABOUT} case known_on last_day reason accepted_by accepted_at counted_until",
    },
    "appeals.Screening": {
        "sealed": "sealed sealed_note sealed_news",
        "linked": f"{_ABOUT} case rule proposed_by proposed_at approved_by decided_at ended_at",
    },
    "appeals.Erasure": {
        "linked": f"{_ABOUT} state asked_by_person proposed_by proposed_at offered_until decided_by decided_at",
        "plain": "basis",
    },
    "appeals.CountedCalendar": {"linked": "reached", "plain": "id code digest counted_at towards has_failed"},
    "appeals.CalendarException": {
        "linked": "entered_by",
        "plain": "id calendar on is_worked reason organisation entered_at ended_at recounted_at",
    },
    "appeals.Decision": {
        "sealed": "sealed_note sealed_unfinished",
        "linked": f"{_ABOUT} case drafted_by drafted_at submitted_at approved_by decided_at",
    },
    "appeals.ItemOutcome": {"sealed": "sealed", "linked": f"{_ABOUT} decision case item outcome remedy"},
    "appeals.Remedy": {"linked": f"{_ABOUT} case item kind state before ordered_at done_at undone_at"},
    "appeals.RemedyTry": {"linked": "remedy subject next_try_at", "plain": "tries"},
    "appeals.Evidence": {
        "sealed": "sealed_name",
        "hashed": "digest",
        "linked": f"{_ABOUT} case kind size document added_at",
    },
    "appeals.DisputeDraft": {
        "sealed": "sealed_late sealed_without",
        "linked": f"{_ABOUT} programme procedure written_by begun_at changed_at late_reason filed_as",
    },
    "appeals.DraftItem": {"sealed": "sealed", "linked": f"{_ABOUT} draft record version field measure ground"},
    "appeals.DraftEvidence": {
        "sealed": "sealed_name",
        "hashed": "digest",
        "linked": f"{_ABOUT} draft kind size document added_at",
    },
}

CLEAR = {"accounts.User.email": "staff sign in with it; a person's stands sealed in their contact"}

# Tables with something sealed or linked that are not about one person.
WITHOUT_SUBJECT = {
    "accounts.Subject": "is the person",
    "accounts.Membership": "about staff",
    "accounts.ApiKey": "about a system",
    "accounts.IdempotentRequest": "about whoever sent a request, a system or a user",
    "audit.Entry": "holds nothing personal; whom it is about is sealed in an opening",
    "records.ImportRun": "about a file",
    "appeals.CalendarException": "about a day",
    "appeals.CountedCalendar": "about a calendar; names the case that a count has reached",
}
