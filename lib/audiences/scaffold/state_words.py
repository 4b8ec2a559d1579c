"""Words by which files say that a row is a return, no sale, or one step of many before a purchase."""

from __future__ import annotations

import re

RETURNS = frozenset({
    "return", "returns", "returned", "returned item", "refund", "refunds", "refunded", "fully refunded",
    "refund issued", "credit note", "creditnote", "credit memo", "credit invoice", "chargeback", "charged back",
    "charge back", "reversal", "reversed", "sale return", "sales return", "customer return", "money back",
    "gutschrift", "rechnungskorrektur", "retoure", "retour", "rückgabe", "rueckgabe", "rücksendung", "erstattung",
    "erstattet", "rückerstattung", "rückerstattet", "storno", "stornorechnung", "rückbuchung",
    "remboursement", "remboursé", "remboursée", "remboursés", "note de crédit", "retourné", "retournée",
    "devolución", "devolucion", "devuelto", "devuelta", "reembolso", "reembolsado", "reembolsada", "nota de crédito",
    "abono", "reso", "resi", "reso cliente", "rimborso", "rimborsato", "rimborsata", "nota di credito", "restituito",
    "devolução", "devolvido", "devolvida", "estorno", "estornado",
    "geretourneerd", "retourzending", "terugbetaling", "terugbetaald", "creditnota", "creditfactuur",
    "zwrot", "zwrócone", "zwrócony", "zwrot towaru", "korekta", "faktura korygująca",
    "retur", "returnerad", "returneret", "återbetalning", "återbetald", "refusion", "kreditnota", "kreditfaktura",
    "vrácení", "vráceno", "dobropis", "възстановяване", "возврат", "возвращен", "возвращён",
    "返品", "返金", "退货", "退款", "已退款", "已退货", "반품", "환불",
})  # fmt: skip
"""Whole values, in small letters; `credit` alone is not one of them: it is a way to pay as well."""

CANCELLED = frozenset({
    "cancelled", "canceled", "cancelled by customer", "cancelled by seller", "void", "voided", "failed", "failure",
    "declined", "rejected", "expired", "abandoned", "draft", "checkout draft", "trash", "incomplete", "payment failed",
    "requires payment method", "payment declined", "denied", "fraud", "error", "unavailable",
    "storniert", "abgebrochen", "fehlgeschlagen", "abgelehnt", "entwurf", "widerrufen",
    "annulé", "annulée", "échoué", "échouée", "refusé", "refusée", "brouillon",
    "cancelado", "cancelada", "anulado", "anulada", "fallido", "fallida", "rechazado", "rechazada",
    "annullato", "annullata", "fallito", "fallita", "rifiutato", "rifiutata", "recusado", "recusada", "falhou",
    "geannuleerd", "mislukt", "geweigerd", "anulowane", "anulowano", "anulowany", "anulowana", "nieudane", "odrzucone",
    "avbruten", "avbruden", "misslyckad", "makuleret", "zrušeno", "отменен", "отменён", "отменено", "отменена",
    "キャンセル", "取消", "已取消", "취소",
})  # fmt: skip

PENDING = frozenset({
    "pending", "pending payment", "payment pending", "awaiting payment", "unpaid", "ausstehend", "zahlung ausstehend",
    "en attente", "pendiente", "pendente", "in attesa", "in afwachting", "oczekujące", "väntande", "未支付", "未入金",
})  # fmt: skip
"""No sale as yet; where a column speaks of sending the goods, the order is a sale all the same."""

PURCHASES = frozenset({
    "purchase", "purchased", "purchases", "buy", "bought", "order", "ordered", "order completed", "order placed",
    "checkout completed", "transaction", "sale", "in app purchase", "ecommerce purchase", "kauf", "gekauft", "achat",
    "compra", "acquisto", "aankoop", "zakup", "покупка", "購入", "购买",
})  # fmt: skip

STEPS = frozenset({
    "view", "viewed", "views", "page view", "pageview", "view item", "product viewed", "product view", "detail",
    "click", "clicked", "cart", "add to cart", "addtocart", "remove from cart", "removefromcart", "added to cart",
    "product added", "wishlist", "add to wishlist", "addtowishlist", "search", "impression", "begin checkout",
    "checkout", "checkout started", "session start", "scroll", "login", "signup", "page", "ansicht", "warenkorb",
})  # fmt: skip
"""What people do before they buy, or without buying."""

OF_SENDING = frozenset({"fulfillment", "fulfilment", "shipping", "shipment", "delivery", "dispatch", "versand",
                        "lieferung", "lieferstatus", "livraison", "envío", "spedizione"})  # fmt: skip
"""Words of a column's name that says where the goods are, not whether they were sold."""

FLAG_OF_RETURN = frozenset({"return", "returned", "refund", "refunded", "retoure", "retour", "chargeback", "devuelto",
                            "reso", "creditnote"})  # fmt: skip
FLAG_OF_CANCELLING = frozenset({"cancelled", "canceled", "cancel", "void", "voided", "storniert", "annulé", "anulado",
                                "cancelado", "annullato", "geannuleerd"})  # fmt: skip
_BESIDE_FLAG = frozenset({"is", "was", "has", "been", "flag", "item", "order", "line", "ist", "est", "yn"})
YES = frozenset({"1", "true", "t", "yes", "y", "ja", "j", "oui", "sí", "si", "sim", "x", "wahr", "vrai"})
NO = frozenset({"0", "false", "f", "no", "n", "nein", "non", "não", "nee", "falsch", "faux", ""})

CREDIT_PREFIXES = frozenset({"CN", "CRN", "CM", "CNT", "GS", "GU", "GUT", "AV", "AVO", "NC", "NDC", "RET", "RMA", "RF",
                             "REF", "STO", "KOR", "KO", "FK", "CR", "CRE"})  # fmt: skip
"""How invoice numbers of credit notes begin: credit note, Gutschrift, avoir, nota de crédito, korekta."""


def bare(value: str) -> str:
    """A value as the lists have it: in small letters, with blanks for lines and points between its words."""
    return " ".join(re.split(r"[\s_\-./]+", value.strip().lower())).strip()


def is_flag(words: list[str], marks: frozenset[str]) -> bool:
    """Whether a column's name says no more than that something is so, such as is_returned."""
    return bool(marks & set(words)) and set(words) <= marks | _BESIDE_FLAG
