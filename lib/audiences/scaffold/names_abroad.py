"""What columns are called in other languages than English: added to the names of each canonical column."""

from __future__ import annotations

from collections.abc import Mapping

NAMES_ABROAD: Mapping[str, tuple[str, ...]] = {
    "customer_id": (
        "klantnummer", "klantnr", "klantid", "klant", "codicecliente", "idcliente", "numerocliente",
        "clienteid", "iddelcliente", "numeroclient", "numérodeclient", "numerodecliente",
        "númerodecliente", "codigocliente", "codecliente", "numerklienta", "nrklienta", "idklienta",
        "klient", "klienta", "kodklienta", "kundnummer", "kundid", "kundenummer", "zákazník",
        "cislozakaznika", "клиент", "кодклиента", "номерклиента", "idклиента", "покупатель", "顧客番号",
        "顧客id", "顧客コード", "会員番号", "会員id", "お客様番号", "お客様id", "客户编号", "客户id",
        "客户号", "客户代码", "会员编号",
        "会员id", "会员号", "用户id", "买家id", "고객번호", "고객id",
    ),
    "invoice_id": (
        "belegnr", "ordernummer", "ordernr", "bestelnummer", "factuurnummer", "factuurnr", "bonnr", "numeroordine",
        "numerofattura", "ordine", "fattura", "scontrino", "idordine", "numerodepedido",
        "númerodepedido", "númerodopedido", "numerodefactura", "númerodefactura",
        "numérodecommande", "numérodefacture", "numerofacture", "numerfaktury", "nrfaktury",
        "faktura", "numerzamówienia", "numerzamowienia", "nrzamówienia", "zamówienie", "zamowienie",
        "paragon", "numerparagonu", "fakturanummer", "ordrenummer", "bestellnr", "auftragsnr",
        "номерзаказа", "заказ", "кодзаказа", "idзаказа", "номерчека", "чек", "номерсчета", "注文番号",
        "注文id", "受注番号", "伝票番号", "レシート番号", "订单号", "订单编号", "订单id", "发票号",
        "发票号码", "单号", "小票号", "주문번호",
        "영수증번호",
    ),
    "ts": (
        "besteldatum", "orderdatum", "factuurdatum", "aankoopdatum", "dataordine", "datafattura",
        "datavendita", "dataacquisto", "datadeordine", "fechadepedido", "fechadecompra",
        "fechafactura", "fechadeventa", "datadopedido", "datadacompra", "datedecommande",
        "datecommande", "datedefacture", "datedevente", "datedachat", "datasprzedaży",
        "datasprzedazy", "datazamówienia", "datazamowienia", "datafaktury", "datazakupu",
        "datawystawienia", "auftragsdatum", "belegdatum", "buchungsdatum", "orderdato", "köpdatum",
        "дата", "датазаказа", "датапокупки", "датапродажи", "датавремя", "注文日時", "注文日", "購入日時",
        "購入日", "売上日", "日時", "日付", "受注日", "订单时间", "订单日期", "下单时间", "下单日期",
        "购买时间", "购买日期", "交易时间",
        "交易日期", "日期", "时间", "주문일", "주문일시", "구매일",
    ),
    "quantity": (
        "aantal", "hoeveelheid", "quantità", "quantita", "qta", "quantidade", "qtd", "ilość",
        "ilosc", "antal", "množství", "количество", "колво", "数量", "個数", "点数", "购买数量", "件数", "수량",
    ),
    "unit_price": (
        "stukprijs", "eenheidsprijs", "prijs", "prijsperstuk", "prezzounitario", "prezzo",
        "preçounitário", "precounitario", "preço", "cenajednostkowa", "cena", "cenazasztukę",
        "styckpris", "stykpris", "enhetspris", "pris", "цена", "ценазаединицу", "単価", "価格", "販売価格",
        "单价", "价格", "售价", "단가", "가격",
    ),
    "line_amount": (
        "bedrag", "regelbedrag", "regeltotaal", "totaalbedrag", "totaal", "omzet", "importo",
        "totale", "totaleriga", "ricavo", "valor", "valortotal", "totallinha", "wartość", "wartosc",
        "kwota", "sprzedaż", "belopp", "netto", "nettobetrag", "nettoumsatz", "positionsbetrag",
        "gesamt", "gesamtbetrag", "summe", "brutto", "bruttobetrag", "сумма", "стоимость",
        "выручка", "金額", "合計金額", "売上金額", "小計", "金额", "总金额", "销售额", "小计", "实付金额",
        "금액", "매출",
    ),
    "order_amount": (
        "totaalbedrag", "ordertotaal", "omzet", "bedrag", "totaleordine", "importo", "totale",
        "valortotal", "valordopedido", "wartośćzamówienia", "wartość", "kwota", "rechnungsbetrag",
        "bestellwert", "auftragswert", "gesamtbetrag", "nettobetrag", "netto", "brutto",
        "bruttobetrag", "summe", "totaldelpedido", "montanttotal", "суммазаказа", "сумма", "合計金額",
        "注文金額", "合計", "金額", "订单金额", "总金额", "实付金额", "金额", "총금액", "주문금액",
    ),
    "product_id": (
        "artikelcode", "artikelnr", "productcode", "codicearticolo", "codiceprodotto", "articolo",
        "prodotto", "produto", "códigodoproduto", "referência", "idproducto", "codigoproducto",
        "codeproduit", "référence", "kodproduktu", "produkt", "kodtowaru", "indeks", "артикул",
        "кодтовара", "товар", "商品コード", "商品番号", "品番", "商品id", "商品编号", "商品编码", "货号",
        "产品编号", "상품코드",
        "상품번호",
    ),
    "description": (
        "omschrijving", "artikelomschrijving", "productnaam", "descrizione", "nomeprodotto",
        "descrição", "nomedoproduto", "nomeproduto", "nazwa", "nazwaproduktu", "nazwatowaru",
        "opis", "наименование", "название", "описание", "商品名", "品名", "商品名称", "产品名称", "商品标题",
        "상품명",
    ),
    "category": (
        "categorie", "productgroep", "kategoria", "categoria", "categoría", "категория", "カテゴリ",
        "カテゴリー", "分類", "商品分类", "类别", "分类", "카테고리",
    ),
    "country": (
        "paese", "país", "kraj", "страна", "国", "国名", "国家", "국가",
    ),
    "currency": (
        "valuta", "waluta", "moneda", "moeda", "валюта", "通貨", "币种", "货币", "통화",
    ),
}  # fmt: skip
"""In small letters without blanks, in the order of preference; a name with accents stands with them."""
