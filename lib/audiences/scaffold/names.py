"""What columns are called: the names of each canonical column, and words that make a name mean something else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import pairwise

from audiences.scaffold.names_abroad import NAMES_ABROAD

_ENGLISH_AND_GERMAN: Mapping[str, tuple[str, ...]] = {
    "customer_id": (
        "customerid", "custid", "customer", "customerno", "customernumber", "customercode", "clientid", "client",
        "buyerid", "memberid", "userid", "reviewerid", "shopperid", "cardholderid", "loyaltyid", "accountid",
        "householdid", "householdkey", "kundennummer", "kundennr", "kundenid", "kunde", "idclient", "cliente", "user",
        "customeruniqueid", "buyer", "member", "shopper", "cardholder", "loyalty", "household", "consumer",
        "customeremail", "buyeremail", "billingemail", "emailbilling", "email", "emailaddress", "mail",
        "customername", "buyername", "clientname", "cardno", "cardnumber",
    ),
    "invoice_id": (
        "invoiceid", "invoiceno", "invoicenumber", "invoice", "orderid", "orderno", "ordernumber", "order", "basketid",
        "receiptid", "receiptno", "receiptnumber", "receipt", "transactionid", "transactionno", "transaction",
        "ticketno", "ticketid", "checkno", "rechnungsnummer", "rechnungsnr", "rechnung", "belegnummer", "beleg",
        "bonnummer", "bon", "bestellnummer", "bestellung", "auftrag", "auftragsnummer", "facture", "commande",
        "pedido", "factura", "basket",
    ),
    "ts": (
        "ts", "timestamp", "invoicedate", "orderdate", "dateoforder", "dayoforder", "orderedat", "orderedon",
        "ordereddate", "transactiondate", "purchasedate", "purchasetimestamp", "orderpurchasetimestamp", "saledate",
        "salesdate", "datetime", "date", "time", "createdat", "createdutc", "created", "rechnungsdatum",
        "bestelldatum", "kaufdatum", "datum", "zeit", "zeitpunkt", "fecha", "data", "reviewtime", "day", "purchasedat",
        "placedat",
    ),
    "quantity": (
        "quantity", "qty", "units", "pieces", "count", "menge", "anzahl", "stueck", "stück", "quantite", "quantité",
        "cantidad", "quantitypurchased", "lineitemquantity", "itemquantity", "quantityordered", "unitssold",
    ),
    "unit_price": (
        "unitprice", "priceperunit", "priceeach", "lineitemprice", "singleprice", "stueckpreis", "stückpreis",
        "einzelpreis", "prixunitaire", "preciounitario", "price", "itemprice", "saleprice", "sellingprice", "preis",
        "prix", "precio",
    ),
    "line_amount": (
        "lineamount", "linetotal", "linevalue", "extendedprice", "extendedamount", "lineitemtotal", "itemtotal",
        "totalprice", "salesamount", "netsales", "sales", "amount", "netamount", "revenue", "turnover", "total",
        "totalamount", "gesamtpreis", "umsatz", "betrag", "montant", "importe", "value", "spend", "cogs", "salesvalue",
        "grosssales", "paymentvalue",
    ),
    "order_amount": (
        "ordertotal", "orderamount", "ordervalue", "grandtotal", "invoicetotal", "invoiceamount", "totalamount",
        "transactionamount", "purchaseamount", "paymentvalue", "total", "revenue", "amount", "netamount", "sales",
        "netsales", "totalprice", "spend", "value", "turnover", "umsatz", "betrag", "montant", "importe",
    ),
    "product_id": (
        "productid", "stockcode", "sku", "itemid", "articleid", "articleno", "productcode", "product", "item", "asin",
        "ean", "barcode", "productkey", "lineitemsku", "artikelnummer", "artikelnr", "artikel", "produit", "producto",
    ),
    "description": (
        "description", "productname", "itemname", "lineitemname", "title", "bezeichnung", "beschreibung",
        "artikelname", "descripcion", "productdescription", "itemdescription",
    ),
    "category": (
        "category", "productcategory", "department", "productline", "kategorie", "warengruppe", "categorie",
        "categoria",
    ),
    "country": ("country", "countrycode", "billingcountry", "shipcountry", "shippingcountry", "land", "pays", "pais"),
    "currency": ("currency", "currencycode", "ordercurrency", "waehrung", "währung", "devise", "moneda"),
}  # fmt: skip
NAMES: Mapping[str, tuple[str, ...]] = {
    canonical: (*names, *NAMES_ABROAD[canonical]) for canonical, names in _ENGLISH_AND_GERMAN.items()
}
"""In small letters without blanks, in the order of preference."""

_ID_OTHER = {
    "type", "segment", "group", "class", "age", "gender", "sex", "city", "state", "zip", "postcode", "postal", "phone",
    "country", "region", "since", "tier", "level", "status", "note", "notes", "count", "total", "amount", "value",
    "date", "time", "day", "line", "priority", "quantity", "qty", "source", "channel", "method", "mode", "price",
    "discount", "accepts", "marketing", "address", "birth", "rating", "share", "rate", "comment", "currency", "agent",
    "latitude", "longitude", "score", "payment", "processing", "fulfillment", "shipping", "tax", "weight",
}  # fmt: skip
_NO_PRICE_PAID = {
    "tax", "taxes", "vat", "mwst", "shipping", "freight", "postage", "delivery", "discount", "discounts", "rabatt",
    "fee", "fees", "profit", "margin", "income", "cost", "costs", "balance", "rating", "score", "age", "weight",
    "postal", "zip", "phone", "latitude", "longitude", "percentage", "percent", "list", "compare", "msrp", "rrp", "uvp",
    "catalog", "catalogue", "regular", "refunded", "refund", "tip", "tips", "points", "limit", "stock", "rank",
    "installments", "sequential", "duties", "outstanding", "quantity", "qty", "id", "number", "converted", "date",
}  # fmt: skip
OTHER_WORDS: Mapping[str, frozenset[str]] = {
    "customer_id": frozenset(_ID_OTHER | {"order", "product", "item", "salesperson", "service", "sales", "store"}),
    "invoice_id": frozenset(_ID_OTHER | {"item", "items", "product", "sku", "row", "customer", "name"}),
    "ts": frozenset({"birth", "dob", "birthday", "birthdate", "geburt", "geburtsdatum", "geburtstag", "nacimiento",
                     "naissance", "hired", "hire", "joined", "zone"}),
    "quantity": frozenset({"stock", "returned", "refunded", "available", "discount", "id", "min", "max"}),
    "unit_price": frozenset(_NO_PRICE_PAID | {"total", "subtotal"}),
    "line_amount": frozenset(_NO_PRICE_PAID | {"order", "invoice", "unit", "grand", "sub"}),
    "order_amount": frozenset(_NO_PRICE_PAID | {"unit", "line", "item", "lineitem"}),
    "product_id": frozenset({
        "name", "description", "line", "category", "type", "weight", "count", "price", "total", "quantity", "qty",
        "length", "width", "height", "photos", "status", "discount", "tax", "cost", "rating", "value", "order", "date",
    }),
    "description": frozenset({"length", "lenght", "lang"}),
    "category": frozenset({"id", "count"}),
    "country": frozenset({"count"}),
    "currency": frozenset({"amount", "rate", "converted"}),
}  # fmt: skip
"""With one of these words a name that holds a known one means something else."""

LATER_WORDS = frozenset({
    "ship", "shipped", "shipping", "shipment", "deliver", "delivered", "delivery", "due", "paid", "payment", "payments",
    "updated", "modified", "expected", "estimated", "limit", "cancelled", "canceled", "refunded", "expiry", "expires",
    "fulfilled", "approved", "carrier", "returned", "return", "registered", "signup", "first", "last", "promise",
    "lieferdatum", "versand", "versanddatum", "zahlungsdatum", "reporting", "available", "processed",
})  # fmt: skip
"""Words of times that are not the purchase's but another step's."""

AMBIGUOUS_MONEY = frozenset({"price", "itemprice", "amount", "netamount", "value", "saleprice", "sellingprice", "preis",
                             "prix", "precio", "betrag", "montant", "importe"})  # fmt: skip
"""Names that are used for the price of a unit and for the amount of a line."""

WHOLE, PART, NONE = 0, 1, 9


def words_of(name: str) -> list[str]:
    """The words of a name, in small letters: InvoiceNo, invoice_no and "Invoice No." are the same."""
    apart = re.sub(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])", " ", name)
    found = []
    for word in re.findall(r"[^\W_]+", apart):
        capitals = [place for place in range(1, len(word)) if _begins_a_word(word, place)]
        found += [word[begin:end].lower() for begin, end in pairwise([0, *capitals, len(word)])]
    return found


def _begins_a_word(word: str, place: int) -> bool:
    """Whether a capital follows a small letter, or is the last of several before a small letter."""
    if not word[place].isupper():
        return False
    is_last_capital = place + 1 < len(word) and word[place + 1].islower() and word[place - 1].isupper()
    return word[place - 1].islower() or is_last_capital


def plain(name: str) -> str:
    return "".join(words_of(name))


def rank(name: str, canonical: str) -> tuple[int, int]:
    """How well a name fits, the smallest best: whole before a part of it, then by preference."""
    words, joined = words_of(name), plain(name)
    known = NAMES[canonical]
    if joined in known:
        return WHOLE, known.index(joined)
    if OTHER_WORDS[canonical] & set(words):
        return NONE, NONE
    fits = [number for number, candidate in enumerate(known) if candidate in words]
    return (PART, fits[0]) if fits else (NONE, NONE)


def speaks_of(name: str, canonical: str) -> bool:
    """Whether a word of the name is one of the canonical names, whatever stands beside it."""
    return bool(set(words_of(name)) & set(NAMES[canonical]))


def is_known_name(name: str) -> bool:
    """Whether it is the whole name of some canonical column."""
    return any(plain(name) in known for known in NAMES.values())
