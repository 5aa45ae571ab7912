"""The closed sets of the contract. Every set that a reporter may not know has `unknown` as a value of its own.

Sources: ENISA 2013 (categories, identifiers) and the EDPB notification template of June 2026 (lists of incidents,
data types, impacts and safeguards), with the Danish special cases that Datatilsynet's decisions turn on. A value is
never renamed after release; new ones may be added.
"""

from enum import StrEnum


class Answer(StrEnum):
    """An answer to a question that the reporter may not be able to answer."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


class Aspect(StrEnum):
    """GDPR Art. 4(12): what was broken. One event may carry several."""

    CONFIDENTIALITY = "confidentiality"
    INTEGRITY = "integrity"
    AVAILABILITY = "availability"


class Cause(StrEnum):
    INTERNAL_ACCIDENT = "internal_accident"
    INTERNAL_MALICIOUS = "internal_malicious"
    EXTERNAL_ACCIDENT = "external_accident"
    EXTERNAL_MALICIOUS = "external_malicious"
    UNKNOWN = "unknown"


class Medium(StrEnum):
    """What carried the data when they went astray."""

    DIGITAL_POST = "digital_post"
    LETTER = "letter"
    EMAIL = "email"
    AULA = "aula"
    SMS = "sms"
    SPOKEN = "spoken"
    WEB_PUBLICATION = "web_publication"
    IT_SYSTEM = "it_system"
    DEVICE = "device"
    PAPER = "paper"
    WASTE = "waste"
    OTHER = "other"
    UNKNOWN = "unknown"


class ReportChannel(StrEnum):
    """How the report itself reached the municipality."""

    SELF_SERVICE_FORM = "self_service_form"
    STAFF_FORM = "staff_form"
    SUPPLIER_FORM = "supplier_form"
    PHONE = "phone"
    EMAIL = "email"
    DIGITAL_POST = "digital_post"
    LETTER = "letter"
    IN_PERSON = "in_person"
    SYSTEM = "system"
    OTHER = "other"
    UNKNOWN = "unknown"


class ReporterRole(StrEnum):
    """Who tells, as a role; never a name."""

    STAFF = "staff"
    CITIZEN = "citizen"
    DATA_SUBJECT = "data_subject"
    REPRESENTATIVE = "representative"
    CUSTODY_HOLDER = "custody_holder"
    FINDER = "finder"
    PROCESSOR = "processor"
    AUTHORITY = "authority"
    PRESS = "press"
    SYSTEM = "system"
    OTHER = "other"
    UNKNOWN = "unknown"


class DataCategory(StrEnum):
    """Kinds of personal data, fine enough for ENISA's four groups and the Danish special cases."""

    NAME = "name"
    CONTACT = "contact"
    ADDRESS = "address"
    BIRTH_DATE = "birth_date"
    CPR = "cpr"
    ID_DOCUMENT = "id_document"
    FAMILY = "family"
    EDUCATION = "education"
    EMPLOYMENT = "employment"
    PERSONNEL = "personnel"
    SCHOOL_ABSENCE = "school_absence"
    PROTECTED_ADDRESS = "protected_address"
    WHEREABOUTS = "whereabouts"
    LOCATION = "location"
    HABITS = "habits"
    PROFILE = "profile"
    FINANCIAL_RELATION = "financial_relation"
    INCOME = "income"
    BENEFITS = "benefits"
    TAX = "tax"
    BANK_ACCOUNT = "bank_account"
    PAYMENT_CARD = "payment_card"
    FINE = "fine"
    CREDENTIALS = "credentials"
    HEALTH = "health"
    CARE = "care"
    SOCIAL_SERVICES = "social_services"
    CHILD_CASE = "child_case"
    CRIMINAL = "criminal"
    POLITICAL = "political"
    ETHNIC = "ethnic"
    RELIGIOUS = "religious"
    SEX_LIFE = "sex_life"
    UNION = "union"
    GENETIC = "genetic"
    BIOMETRIC = "biometric"
    PHOTO = "photo"
    OTHER = "other"


class Detail(StrEnum):
    """How much insight the data of one category give (ENISA's adjustments of the base score)."""

    HINT = "hint"  # no real insight, such as "is a customer" or "had an appointment"
    SOME = "some"  # general guesses
    CONTENT = "content"  # the thing itself: an amount, a diagnosis, an assessment
    FULL = "full"  # a detailed picture: a year of it, a usable card, a whole case file
    UNKNOWN = "unknown"


class Identifier(StrEnum):
    """What singles the person out (ENISA's ease of identification)."""

    NAME = "name"
    NAME_COMMON = "name_common"
    NAME_AND_BIRTH_DATE = "name_and_birth_date"
    NAME_AND_CONTACT = "name_and_contact"
    CPR = "cpr"
    CPR_AND_NAME = "cpr_and_name"
    ID_NUMBER = "id_number"
    ADDRESS = "address"
    PHONE = "phone"
    EMAIL = "email"
    PHOTO = "photo"
    CODE = "code"  # a pseudonym or case number that needs a key
    NONE = "none"
    UNKNOWN = "unknown"


class Exposure(StrEnum):
    """Who can have seen the data (ENISA's loss of confidentiality; template row 40)."""

    NONE_WITH_EVIDENCE = "none_with_evidence"  # logs or a sealed return show that nobody did
    EXPOSED = "exposed"  # could be seen, no sign that it was
    KNOWN_RECIPIENTS = "known_recipients"
    UNKNOWN_RECIPIENTS = "unknown_recipients"  # an unknown number: web, open system, thief
    UNKNOWN = "unknown"


class IntegrityLoss(StrEnum):
    NONE = "none"
    ALTERED_NO_WRONG_USE = "altered_no_wrong_use"
    WRONG_USE_RECOVERABLE = "wrong_use_recoverable"
    WRONG_USE_UNRECOVERABLE = "wrong_use_unrecoverable"
    UNKNOWN = "unknown"


class AvailabilityLoss(StrEnum):
    NONE = "none"
    RECOVERABLE = "recoverable"  # another copy at hand, hours
    TEMPORARY = "temporary"  # gone for a time, or rebuilt with effort
    PERMANENT = "permanent"
    UNKNOWN = "unknown"


class Protection(StrEnum):
    """Whether the data were unintelligible to whoever got them (template row 41; Art. 34(3)(a))."""

    INTACT = "intact"
    BREAKABLE = "breakable"
    NONE = "none"
    UNKNOWN = "unknown"


class RecipientKind(StrEnum):
    CITIZEN = "citizen"
    COMPANY = "company"
    AUTHORITY = "authority"
    OWN_DEPARTMENT = "own_department"
    COLLEAGUE_WITH_NEED = "colleague_with_need"
    STEADY_SUPPLIER = "steady_supplier"
    PROFESSIONAL = "professional"  # bound by secrecy, no steady relation
    INTENDED = "intended"  # the right recipient, by an unsafe way
    PUBLIC = "public"
    THIEF = "thief"
    NOBODY = "nobody"
    UNKNOWN = "unknown"


class Relation(StrEnum):
    """How the recipient stands to the person concerned."""

    NONE = "none"
    KNOWS_PERSON = "knows_person"
    OPPOSING_PARTY = "opposing_party"
    UNKNOWN = "unknown"


class SubjectGroup(StrEnum):
    CITIZENS = "citizens"
    CUSTOMERS = "customers"
    EMPLOYEES = "employees"
    POLICE_MILITARY = "police_military"
    MINORS = "minors"
    PATIENTS = "patients"
    STUDENTS = "students"
    SUBSCRIBERS = "subscribers"
    USERS = "users"
    VULNERABLE = "vulnerable"
    ADDITIONAL = "additional"
    UNKNOWN = "unknown"


class CountKind(StrEnum):
    EXACT = "exact"
    APPROXIMATE = "approximate"
    AT_LEAST = "at_least"
    UNKNOWN = "unknown"


class OccurrenceKind(StrEnum):
    SPECIFIC = "specific"
    RANGE = "range"
    ONGOING = "ongoing"
    UNDETERMINABLE = "undeterminable"
    UNKNOWN = "unknown"


class InboundKind(StrEnum):
    """What else a message is about beside the breach; decides who gets a copy."""

    BREACH = "breach"
    WRONG_AUTHORITY = "wrong_authority"
    WRONG_DEPARTMENT = "wrong_department"
    ACCESS_REQUEST = "access_request"
    RIGHTS_REQUEST_STALLED = "rights_request_stalled"
    CORRECTION_REQUEST = "correction_request"
    ERASURE_REQUEST = "erasure_request"
    DOCUMENT_ACCESS = "document_access"
    COMPLAINT_DECISION = "complaint_decision"
    COMPLAINT_SERVICE = "complaint_service"
    COMPLAINT_DATA_PROTECTION = "complaint_data_protection"
    SECURITY_HOLE = "security_hole"
    PHISHING_ATTEMPT = "phishing_attempt"
    CHILD_CONCERN = "child_concern"
    PICTURE_REMOVAL = "picture_removal"
    PRESS = "press"
    OTHER = "other"


class Role(StrEnum):
    """Who acts, as the contact plan knows them."""

    DPO = "dpo"
    DEPUTY = "deputy"
    SECURITY = "security"
    DECISION_MAKER = "decision_maker"
    DUTY_MANAGEMENT = "duty_management"
    CASEWORKER = "caseworker"
    OPERATIONS = "operations"
    SENDER = "sender"  # a form system, a finder, a supplier: whoever reported
    MACHINE = "machine"
