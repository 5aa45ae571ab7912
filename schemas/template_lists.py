"""The closed lists of the EDPB notification template of June 2026 that a report may draw on. Values are only ever added."""

from enum import StrEnum


class IncidentKind(StrEnum):
    """List 3.1 of the EDPB template."""

    ACCESS_ABUSED_BY_STAFF = "access_abused_by_staff"
    RANSOMWARE = "ransomware"
    HACKING = "hacking"
    PHISHING = "phishing"
    VULNERABILITY_EXPLOITED = "vulnerability_exploited"
    UNAUTHORISED_ACCESS = "unauthorised_access"
    EXFILTRATION = "exfiltration"
    WRONG_PERSONS_RECORD_SHOWN = "wrong_persons_record_shown"
    DEVICE_LOST_OR_STOLEN = "device_lost_or_stolen"
    E_WASTE = "e_waste"
    PAPER_DISPOSED_WRONGLY = "paper_disposed_wrongly"
    MAIL_LOST_OPENED_OR_MISDELIVERED = "mail_lost_opened_or_misdelivered"
    MISCONFIGURATION = "misconfiguration"
    WRONG_ACCESS_RIGHTS = "wrong_access_rights"
    PAPER_LOST_OR_STOLEN = "paper_lost_or_stolen"
    DATA_DELETED = "data_deleted"
    SHOWN_TO_WRONG_RECIPIENT = "shown_to_wrong_recipient"
    SENT_BY_MISTAKE = "sent_by_mistake"
    OPEN_RECIPIENT_LIST = "open_recipient_list"
    TECHNICAL_FAULT = "technical_fault"
    UNAUTHORISED_MODIFICATION = "unauthorised_modification"
    UNINTENDED_PUBLICATION = "unintended_publication"
    SPOKEN_DISCLOSURE = "spoken_disclosure"
    SERVICE_DISRUPTION = "service_disruption"
    ATTEMPT_ONLY = "attempt_only"
    TO_BE_DETERMINED = "to_be_determined"
    OTHER = "other"


class Safeguard(StrEnum):
    """List 3.4 of the EDPB template."""

    PSEUDONYMISATION = "pseudonymisation"
    BACKUP = "backup"
    ENCRYPTION = "encryption"
    POLICIES = "policies"
    TRAINING = "training"
    INCIDENT_LOG = "incident_log"
    ACCESS_LEVELS = "access_levels"
    LOGICAL_ACCESS = "logical_access"
    AUDITS = "audits"
    PHYSICAL_ACCESS = "physical_access"
    PATCHED_SYSTEMS = "patched_systems"
    OTHER = "other"


class Impact(StrEnum):
    """List 3.3 of the EDPB template; recital 85."""

    LOSS_OF_CONTROL = "loss_of_control"
    LIMITED_RIGHTS = "limited_rights"
    DISCRIMINATION = "discrimination"
    IDENTITY_THEFT = "identity_theft"
    FRAUD = "fraud"
    FINANCIAL_LOSS = "financial_loss"
    REVERSED_PSEUDONYMISATION = "reversed_pseudonymisation"
    REPUTATION = "reputation"
    PROFESSIONAL_SECRECY = "professional_secrecy"
    DISCLOSURE_TO_THIRD_PARTIES = "disclosure_to_third_parties"
    ECONOMIC_OR_SOCIAL_DISADVANTAGE = "economic_or_social_disadvantage"
    PHYSICAL_OR_MENTAL_HARM = "physical_or_mental_harm"
    PROPERTY_DAMAGE = "property_damage"
    OTHER = "other"
    UNKNOWN = "unknown"
