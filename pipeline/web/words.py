"""What the page says in Danish beside the wordings of alerts (`deploy/texts/da/phrases.yaml`)."""

from collections.abc import Mapping

from schemas.actions import CloseReason, Ground, IncidentStage, SubmissionKind, TaskName, TaskState
from schemas.values import Answer

Options = Mapping[str, str]

YES_NO: Options = {Answer.YES: "Ja", Answer.NO: "Nej"}
YES_NO_UNKNOWN: Options = {**YES_NO, Answer.UNKNOWN: "Ved det ikke endnu"}

GROUNDS: Options = {
    Ground.NOT_HIGH_RISK: "Bruddet giver ikke høj risiko (artikel 34, stk. 1)",
    Ground.A_PROTECTION: "Oplysningerne er ulæselige for uvedkommende (artikel 34, stk. 3, litra a)",
    Ground.B_LATER_MEASURES: "Den høje risiko er siden fjernet (artikel 34, stk. 3, litra b)",
    Ground.C_DISPROPORTIONATE: "Det vil kræve en uforholdsmæssig indsats; der er sket offentlig meddelelse "
    "(artikel 34, stk. 3, litra c)",
    Ground.DBL_22_1: "Hensynet til private interesser vejer tungere (databeskyttelseslovens § 22, stk. 1)",
    Ground.DBL_22_2: "Hensynet til offentlige interesser vejer tungere (databeskyttelseslovens § 22, stk. 2)",
}

SUBMISSIONS: Options = {
    SubmissionKind.INITIAL: "Første anmeldelse",
    SubmissionKind.FOLLOW_UP: "Flere oplysninger til en anmeldelse",
    SubmissionKind.COMPLETE: "Samlet anmeldelse, intet mangler",
    SubmissionKind.WITHDRAWAL: "Tilbagetrækning af en anmeldelse",
}

CLOSINGS: Options = {
    CloseReason.DONE: "Alt i sagen er gjort",
    CloseReason.REGISTER_ONLY: "Bruddet skulle kun registreres",
    CloseReason.NOT_A_BREACH: "Det var ikke et brud på persondatasikkerheden",
}

INCIDENT_STAGES: Options = {
    IncidentStage.EARLY_WARNING: "Tidlig varsling",
    IncidentStage.NOTIFICATION: "Underretning om hændelsen",
    IncidentStage.INTERIM: "Rapport undervejs, som myndigheden har bedt om",
    IncidentStage.FINAL: "Endelig rapport",
}

TASKS: Options = {
    TaskName.RECALL: "Forsendelsen er søgt kaldt tilbage eller spærret",
    TaskName.PROTECTED_ADDRESS_CHECK: "Adressebeskyttelse er kontrolleret",
    TaskName.WRITTEN_CONFIRMATION: "Modtageren er bedt om en skriftlig bekræftelse",
}

TASK_STATES: Options = {
    TaskState.DONE: "Gjort",
    TaskState.UNANSWERED: "Ikke besvaret",
}

TO_DATATILSYNET = "Frist til Datatilsynet"
UNDER_NIS2 = "Frist efter NIS 2-loven"
FINAL_REPORT = "Frist for den endelige rapport efter NIS 2-loven"

REJECTED: Mapping[str, str] = {
    "not_entitled": "Kontaktplanen giver dig ikke lov til det i den rolle lige nu.",
    "unknown_case": "Der er ingen sag med det nummer.",
    "obligations_open": "Sagen kan ikke lukkes, mens der mangler noget i den.",
    "case_open": "Det kræver, at sagen er lukket.",
    "schema_violation": "Et felt er udfyldt på en måde, som ikke kan bruges.",
    "internal_error": "Der er en fejl i systemet. Driften har fået besked.",
}
"""Why an act was refused, by the code on its receipt."""

REJECTED_OTHERWISE = "Handlingen kunne ikke bruges (kode: {code})."
