"""
What an error's code says to the person who meets it. English is the message id; parameters by name.

A code raised anywhere in the product has its sentence here (`tests/contracts/test_words.py`).
"""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _

_SENTENCES: tuple[tuple[str, Any], ...] = (
    # Doors and addresses
    ("signed-out", _("Your session has ended. What you typed is kept.")),
    (
        "page-not-found card-not-found task-not-found file-not-found instance-not-found "
        "incident-not-found account-not-found portal-not-found solution-not-found deployment-not-found "
        "card-type-not-found revision-not-found substitution-not-found party-not-found unit-not-found "
        "definition-not-found file-not-deployed file-content-missing transition-not-found",
        _("It may have been removed, or it is not open to you. Check the address or go back to the list."),
    ),
    ("admin-only mail-not-allowed erase-party", _("Only an administrator may do this.")),
    ("sign-in-refused", _("Name and password do not go together. Check the keyboard layout and Caps Lock.")),
    ("sign-in-delayed follow-delayed", _("Too many wrong tries. The next one is possible %(until)s.")),
    ("passwords-differ", _("The two are not the same. Type the new password once more.")),
    ("password-wrong", _("This is not your password. Check the keyboard layout and Caps Lock.")),
    ("password-same", _("Choose another password than the old one.")),
    ("password-short", _("Use at least %(least)s characters.")),
    ("password-long", _("Use at most %(most)s characters.")),
    ("password-simple", _("This is too easy to guess. Take a sentence of several words.")),
    ("password-refused", _("This password cannot be taken.")),
    ("reset-link-dead", _("The link was used already or is too old. Ask for a new one.")),
    ("follow-refused", _("No request has this number and code. Check both; the code has letters and digits.")),
    ("request-answered", _("This request is answered already; write a new one to add something.")),
    # Forms and fields
    (
        "form-refused card-refused account-refused party-refused policy-refused unit-refused "
        "substitution-refused directory-refused list-refused files-refused",
        _("Check the marked fields."),
    ),
    ("form-too-old", _("Reload the page and send it again; copy what you typed first.")),
    ("form-too-large", _("The form carries too much text.")),
    ("form-unreadable request-id-used", _("The form came out wrong. Reload the page and send it again.")),
    ("required operation-input-missing", _("Fill in this field.")),
    ("remark-required reason-missing", _("Say why: the others need to know.")),
    ("outcome-required outcome-unknown", _("Press one of the buttons below the form.")),
    ("approvers-required", _("Name at least one approver.")),
    ("not-text", _("Write a text here.")),
    ("control-characters", _("The text has characters that cannot be kept. Type it again without them.")),
    ("not-a-number setting-not-a-number", _("Write a number here.")),
    ("number-out-of-range", _("This number is too large to be kept.")),
    ("out-of-range", _("Write a number from %(low)s to %(high)s.")),
    ("too-large", _("Write at most %(most)s.")),
    ("too-small", _("Write at least %(least)s.")),
    ("too-many-decimals", _("Write at most %(decimals)s digits after the comma.")),
    ("too-long", _("Shorten it to %(most)s characters.")),
    ("too-short", _("Write at least %(least)s characters.")),
    ("not-a-date", _("Write a date, like 24.11.2026 or “yesterday”.")),
    ("no-such-day", _("There is no such day in the calendar.")),
    ("year-out-of-range", _("The year %(year)s cannot be right.")),
    ("ends-before-it-begins", _("The end comes before the beginning.")),
    ("not-an-option not-a-choice setting-not-a-choice", _("Choose one of the offered.")),
    ("no-such-item", _("There is no such entry. Choose one from the list.")),
    ("item-not-last-level", _("“%(name)s” has a level below it. Choose from that one.")),
    ("no-such-person", _("Nobody is called so. Choose from the list.")),
    ("person-not-in-group", _("%(name)s does not belong to the group this needs.")),
    ("person-closed", _("%(name)s does not work here any more.")),
    ("no-such-unit", _("There is no such unit. Choose from the list.")),
    ("unit-of-another-kind", _("“%(name)s” is a unit of another kind.")),
    ("unit-closed directory-closed party-closed", _("“%(name)s” cannot be chosen any more.")),
    ("unit-below-itself", _("A unit cannot stand below itself.")),
    ("unit-code-taken", _("Another unit has this code.")),
    ("no-such-party", _("This applicant is not known. Choose from the list or enter a new one.")),
    ("no-such-group", _("There is no such group.")),
    ("no-such-field field-not-in-form", _("This form has no such field. Reload the page.")),
    ("field-not-indexed cursor-bad lookup-kind", _("The list cannot be shown so. Go back to its beginning.")),
    ("phone-bad", _("Write the phone with 7 to 15 digits.")),
    ("mail-bad mail-address-bad", _("Write an address like name@site.com.")),
    ("login-letters", _("Use small Latin letters, digits, dot, dash, at most 64.")),
    ("login-taken", _("Somebody signs in as %(login)s already.")),
    ("own-account", _("You cannot shut yourself out.")),
    ("deputy-is-absent", _("Nobody stands in for themselves.")),
    ("zone-unknown", _("There is no time zone “%(zone)s”. Write one like Europe/Moscow.")),
    ("policy-unknown", _("There is no such policy.")),
    ("draft-too-large", _("The draft is too long to be kept.")),
    # Files
    ("file-refused no-such-file file-class-unknown", _("This file cannot be taken.")),
    ("file-required", _("Attach the file first.")),
    ("file-empty", _("The file is empty.")),
    ("file-too-large", _("The file is larger than %(limit)s bytes. Choose a smaller one.")),
    ("file-count too-many-files", _("Attach at most %(most)s files.")),
    ("file-name-characters", _("The file's name has hidden characters. Rename it and choose it again.")),
    ("file-name-empty", _("The file has no name.")),
    ("file-name-long", _("The file's name is longer than %(most)s characters.")),
    ("archive-too-large docx-too-large", _("The file unpacks to too much and was not opened.")),
    ("archive-unreadable docx-unreadable zip-unreadable", _("The file is damaged and cannot be opened.")),
    ("zip-too-many-files", _("A solution has at most %(most)s files.")),
    ("zip-too-large", _("The files of a solution have at most %(most)s bytes together.")),
    ("file-add file-see file-delete", _("You may not do this with files of this kind.")),
    ("file-store-full", _("Files cannot be kept just now: the disk is full or closed. Nothing was lost.")),
    # Tasks
    ("task-already-completed", _("%(who)s completed this task %(at)s. What you typed is kept on the page.")),
    ("task-already-claimed", _("%(who)s took this task on %(at)s.")),
    ("task-cancelled", _("The task is not needed any more since %(at)s.")),
    ("task-changed", _("The task changed while you had it open. Reload it; what you typed is kept on the page.")),
    ("task-of-another task-not-open", _("The task is held by somebody else.")),
    ("claim-needs-account reveal-needs-account draft-needs-account", _("Sign in to do this.")),
    ("nobody-else", _("Nobody else could take this task; it stays yours.")),
    ("approval-not-open", _("The round of approval is over.")),
    ("visa-already-given", _("Your decision was given already: %(at)s.")),
    # Cards
    (
        "card-changed",
        _("%(who)s changed this card %(at)s. Look at the difference; what you typed is kept on the page."),
    ),
    ("card-state", _("The card is not in the state this needs.")),
    ("card-create", _("You may not register documents of this kind.")),
    ("card-register", _("You may not register this document.")),
    ("card-move", _("You may not move this document on.")),
    ("card-fields", _("You may not change these fields: %(fields)s.")),
    ("card-move-refused", _("Some fields are needed before the document can go on.")),
    ("card-guard", _("A rule of this kind of document does not allow it now.")),
    ("journal-missing", _("This kind of document has no journal to take a number from.")),
    # Processes, for administrators
    ("incident-closed", _("This incident was closed already: %(at)s.")),
    ("incident-cannot-be-skipped", _("This step cannot be taken as done. Try it again or stop the instance.")),
    ("incident-waits-for-person", _("A person has to act here; there is nothing to try again.")),
    ("instance-ended", _("The process has ended: %(at)s.")),
    ("instance-suspended definition-suspended", _("The process is suspended by an administrator.")),
    ("instance-not-suspended", _("The process is not suspended.")),
    ("definition-is-draft", _("This process is a draft and cannot be started.")),
    ("assignee-unknown", _("The diagram gives the step to %(login)s, whom nobody is called.")),
    ("expression-failed", _("The expression %(expression)s failed: %(reason)s.")),
    ("condition-not-boolean", _("The condition %(expression)s gave neither yes nor no.")),
    ("no-flow-true", _("No way out of the gateway was true.")),
    ("decision-not-found", _("The decision %(decision)s is not deployed.")),
    (
        "decision-gave-several-rows decision-gave-several-columns several-outputs several-results",
        _("The decision gave more than the step expects."),
    ),
    ("dmn-refused", _("The decision table could not be applied.")),
    (
        "not-a-time event-without-name cardinality-not-a-number collection-not-a-list "
        "priority-not-a-number nothing-to-call listener-cannot-wait call-not-open retry-cycle "
        "script-handler script-language start-event variable-scope step-failed nothing-can-happen "
        "definition process decision",
        _("The diagram asks for something that could not be done at this step."),
    ),
    ("too-many-instances", _("The step would open %(count)s tasks at once; at most %(allowed)s are allowed.")),
    ("message-nobody-waits", _("Nobody waits for the message %(message)s.")),
    ("message-ambiguous", _("Several processes wait for the message %(message)s.")),
    (
        "operation-unknown operation-needs-card operation-needs-transaction job-kind-unknown job-without-token",
        _("The step calls an operation that cannot be done here."),
    ),
    ("template-missing", _("The template %(template)s is not deployed.")),
    ("template-failed", _("The template could not be filled in: %(reason)s.")),
    ("sandbox-limit sandbox-failed", _("The document took too long or too much to be read.")),
    ("unexpected", _("Something unexpected happened: %(message)s.")),
    ("bundle-empty", _("Choose the files of a solution.")),
    ("solution-refused path-leads-out", _("The solution's files are refused: nothing was changed.")),
    # Mail
    ("no-server-set", _("No mail server is set.")),
    ("held-by-admin", _("Sending is held by an administrator.")),
    ("no-address", _("The receiver has no mail address.")),
    ("mail-refused", _("The mail server refused the message.")),
    ("mail-server-unreachable", _("The mail server does not answer.")),
    ("mail-sign-in-refused", _("The mail server does not let us in.")),
    # The start and the command line
    ("settings-refused", _("Some settings cannot be taken.")),
    ("setting-negative setting-zero", _("Write a number above zero.")),
    ("setting-unknown", _("There is no such setting.")),
    ("secret-key-short", _("The secret key needs at least %(least)s characters.")),
    ("secret-key-readable", _("Others can read %(path)s. Take their right away: chmod 600.")),
    ("port-out-of-range", _("A port is a number from 1 to 65535.")),
    ("public-url-required", _("Off loopback the address people type is needed.")),
    ("public-url-not-https", _("The public address begins with https://.")),
    ("mail-from-required", _("With a mail server the sender's address is needed.")),
    ("database-newer", _("A later release has upgraded this database. Start that release.")),
    ("demo-not-loopback clock-file-not-loopback", _("This is possible on loopback only.")),
    ("clock-not-a-duration clock-without-zone", _("The clock file needs a moment with its zone, or a duration.")),
    ("term-bad term-needs-calendar", _("The term of the step cannot be understood.")),
    ("no-cases unknown-columns", _("The table of cases does not fit the decision.")),
    ("nothing-to-do solution-has-no-portal", _("The scenario asks for something that is not there.")),
)

MESSAGES: dict[str, Any] = {code: sentence for codes, sentence in _SENTENCES for code in codes.split()}
"""Codes that mean the same to the reader share a sentence."""
