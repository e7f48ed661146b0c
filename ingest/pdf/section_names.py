"""Names that sections of papers have, in English and Japanese, in lower case."""

from __future__ import annotations

_NAMES = """\
abstract|introduction|background|related work|related works|prior work|preliminaries|motivation|method|
methods|methodology|materials and methods|material and methods|methods and materials|experimental|
experimental method|experimental methods|experimental section|experiments|
experimental setup|experimental results|evaluation|results|
results and discussion|discussion|discussions|conclusion|conclusions|conclusion and future work|
conclusions and future work|concluding remarks|summary|summary and conclusions|future work|limitations|
acknowledgment|acknowledgments|acknowledgement|acknowledgements|references|bibliography|literature cited|
works cited|reference|appendix|appendices|supplementary material|supplementary materials|
supplementary information|supporting information|author contributions|authors' contributions|
authors’ contributions|funding|data availability|data availability statement|code availability|
conflict of interest|conflicts of interest|competing interests|declaration of competing interest|
ethics statement|broader impact|broader impacts|impact statement|statement of need|keywords|key words|
index terms|general terms|
categories and subject descriptors|ccs concepts|overview|contents|table of contents|notation|
open problems|概要|要旨|要約|抄録|はじめに|序論|緒言|
まえがき|背景|関連研究|先行研究|提案手法|手法|方法|実験|実験設定|実験結果|評価|結果|考察|議論|結果と考察|
おわりに|終わりに|結論|まとめ|むすび|今後の課題|謝辞|参考文献|文献|引用文献|付録"""

SECTION_NAMES = frozenset(_NAMES.replace("\n", "").split("|"))
