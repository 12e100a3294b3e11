"""Merchant feeds of one small shop in every format, as the public specification shapes them."""

XML = """<?xml version="1.0" encoding="UTF-8"?>
<rss xmlns:g="http://base.google.com/ns/1.0" version="2.0">
 <channel>
  <title>Tea shop</title>
  <link>https://shop.example</link>
  <description>Teas</description>
  <item>
   <g:id>jasmine-50</g:id>
   <g:title>Jasmine &amp; Pearls</g:title>
   <g:description>Rolled by hand</g:description>
   <g:link>https://shop.example/jasmine</g:link>
   <g:image_link>https://shop.example/jasmine.jpg</g:image_link>
   <g:additional_image_link>https://shop.example/2.jpg</g:additional_image_link>
   <g:availability>in_stock</g:availability>
   <g:price>1,008.50 EUR</g:price>
   <g:sale_price>7.00 EUR</g:sale_price>
   <g:brand>Hillside</g:brand>
   <g:product_type>Tea &gt; Green</g:product_type>
   <g:item_group_id>jasmine</g:item_group_id>
   <g:color>green</g:color>
   <g:shipping><g:country>DE</g:country><g:price>4 EUR</g:price></g:shipping>
  </item>
  <item>
   <g:id>pot-1</g:id>
   <g:title>急須</g:title>
   <g:availability>out of stock</g:availability>
   <g:price>3200 JPY</g:price>
  </item>
 </channel>
</rss>
"""
ATOM = """<?xml version="1.0"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:g="http://base.google.com/ns/1.0">
 <entry>
  <g:id>pot-1</g:id><title>Pot</title><link href="https://shop.example/pot"/><g:price>3 EUR</g:price>
 </entry>
</feed>
"""
TSV = (
    "id\ttitle\tprice\tavailability\titem group id\tproduct_type\tcolor\n"
    "jasmine-50\tJasmine Pearls\t8.50 EUR\tin stock\tjasmine\tTea > Green\tgreen\n"
    'pot-1\t"A ""tea"" pot"\t30 EUR\tpreorder\t\t\t\n'
)
JSON = """[
 {"offerId": "jasmine-50", "title": "Jasmine Pearls", "price": {"value": "8.50", "currency": "EUR"},
  "availability": "in stock", "productTypes": ["Tea > Green", "Gifts"], "itemGroupId": "jasmine",
  "imageLink": "https://shop.example/j.jpg"},
 {"id": "pot-1", "title": "Pot", "price": "30 EUR", "availability": "backorder", "multipack": 2}
]"""
INVENTORY = (
    "store_code\tid\tquantity\tprice\tavailability\n"
    "berlin\tjasmine-50\t14\t8.50 EUR\tin_stock\n"
    "bonn\tjasmine-50\t\t\tout_of_stock\n"
    "berlin\tnobody-knows\t3\t\tin_stock\n"
    "bonn\tpot-1\t\t\tin_stock\n"
    "bonn\tpot-1\tmany\t\t\n"
)
