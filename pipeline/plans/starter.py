"""The commented file that a new municipality starts from, and the JSON Schema that editors check it with."""

import json

from pydantic import JsonValue

from pipeline.municipalities import municipalities
from pipeline.plans.plan import ContactPlan

_STARTER = """\
# yaml-language-server: $schema=plan.schema.json
# Kontaktplan for {name}. Udfyld alle steder, hvor der står UDFYLD, og kør `brudvagt plans check`.
# `delivery` er, hvor alarmer sendes hen. `display` er kun det, borgere ser. Intet går fra den ene til den anden.
kommunekode: "{code}"
name: {name}
hours:
  # Arbejdstid: tæller, når kæden venter på svar.
  working: {{monday: "08:00-15:00", tuesday: "08:00-15:00", wednesday: "08:00-15:00", \
thursday: "08:00-17:00", friday: "08:00-13:00", also_closed: [christmas_eve, new_years_eve]}}
  # Uden for disse timer sendes kun det, der ikke kan vente. Helligdage er altid stille.
  quiet_outside: {{monday: "07:00-20:00", tuesday: "07:00-20:00", wednesday: "07:00-20:00", \
thursday: "07:00-20:00", friday: "07:00-20:00"}}
delivery:
  offices: [drift]  # fælles kontorer under offices/
  # Hvem har hvilken rolle: lokale id'er, aldrig navne. DPO'en rådgiver, beslutningstageren beslutter: to personer.
  roles:
    dpo: [dpo]
    deputy: [dpo-vikar]
    security: [it-sikkerhed]
    decision_maker: [direktion]
    duty_management: [ledelsesvagt]
    caseworker: [sagsbehandling]
    operations: [drift-vagt]
  # Fravær: uden `substitute` går kæden videre til den næste.
  substitutions: []
  #  - {{absent: dpo, substitute: dpo-vikar, starts: 2026-12-23T12:00, ends: 2027-01-02T08:00}}
  # Det, der ikke er et brud, går til den enhed, som kommunens side nævner.
  # Det, der ikke er nævnt her, går til sagsbehandleren.
  inbound:
    complaint_decision: sagsbehandling  # eller borgerrådgiveren, hvis kommunen har en
    complaint_service: sagsbehandling
    complaint_data_protection: dpo
    access_request: sagsbehandling  # indsigt i egne oplysninger; borgeren siger, hvad der ønskes set
    correction_request: sagsbehandling
    erasure_request: sagsbehandling
    document_access: sagsbehandling
    security_hole: it-sikkerhed
  people:
    dpo:
      channels:
        - {{name: mail, kind: smtp, address: UDFYLD}}
        # En ekstra kanal til det, der haster:
        # - {{name: sms, kind: webhook, address: "https://sms.kommunen.example/vagt"}}
    dpo-vikar:
      channels:
        - {{name: mail, kind: smtp, address: UDFYLD}}
    it-sikkerhed:
      channels:
        - {{name: mail, kind: smtp, address: UDFYLD}}
    direktion:
      channels:
        - {{name: mail, kind: smtp, address: UDFYLD}}
    ledelsesvagt:
      channels:
        - {{name: mail, kind: smtp, address: UDFYLD}}
    sagsbehandling:
      channels:
        - {{name: mail, kind: smtp, address: UDFYLD}}
display:
  # Hvem siden henviser til ved brud: dpo, sender_unit, municipality eller borgerraadgiver; samme `order` er side om side.
  report_receivers:
    - {{role: dpo, order: 1}}
  # Hver vej med sin sikkerhed. Almindelig mail er aldrig sikker.
  channels:
    - {{of: municipality, kind: digital_post, text: "Via borger.dk", secure: "yes"}}
  misdelivery_text: {{action: return_or_destroy}}  # eller destroy
"""


def starting_file(kommunekode: str) -> str:
    """Returns a commented plan that `brudvagt plans check` accepts once its blanks are filled, and not before.

    Raises KeyError for a code of no municipality.
    """
    return _STARTER.format(code=kommunekode, name=municipalities()[kommunekode])


def json_schema() -> str:
    """Returns the JSON Schema of a plan file as text, for editors; kept beside the plans, compared by a test."""
    schema: dict[str, JsonValue] = ContactPlan.model_json_schema()
    return json.dumps(schema, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
