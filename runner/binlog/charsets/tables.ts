/**
 * The servers' 8-bit and East Asian character sets: iconv-lite's table of the same or a near name, and where the
 * servers' own differs, what they have instead. Made and checked by asking all four servers (5.7, 8.0, 9.7, MariaDB
 * 10.11, which agree) to convert every code to utf8mb4; test/integration/runner/binlog/charset.test.ts asks again.
 */
interface CharsetTable {
  /** iconv-lite's name. */
  readonly base: string;
  /**
   * Codes, in hexadecimal, with another meaning than in the base: `code=unicode`, or `first-last=unicode` for a run
   * of both. `?`: the server has no Unicode character for it, and writes a question mark.
   */
  readonly fixes?: string;
  /** The characters of the last bytes up to ff, where no base comes near; a question mark where there is none. */
  readonly high?: string;
}

/** First and second bytes of the two-byte characters, and what follows the byte 8f in the Japanese EUC sets. */
interface MultiByteTable extends CharsetTable {
  readonly leads: string;
  readonly trails: string;
  readonly threeByteLead?: number;
  /** GB18030: a second byte of 30 to 39 begins a four-byte character. */
  readonly fourBytes?: boolean;
}

export const SINGLE_BYTE: Readonly<Record<string, CharsetTable>> = {
  armscii8: { base: 'armscii8', fixes: 'a1=2741 a2=a7 ad=55f fe=2019 ff=27' },
  ascii: { base: 'ascii', fixes: '80-ff=?' },
  cp1250: { base: 'cp1250' },
  cp1251: { base: 'cp1251' },
  cp1256: { base: 'cp1256', fixes: '8a=? 8f=? 98=? 9a=? 9f=? aa=? c0=? ff=?' },
  cp1257: { base: 'cp1257' },
  cp850: { base: 'cp850' },
  cp852: { base: 'cp852' },
  cp866: { base: 'cp866', fixes: 'fc=207f fd=b2' },
  greek: { base: 'iso88597', fixes: 'a1=2bd a2=2bc a4-a5=? aa=?' },
  hebrew: { base: 'iso88598', fixes: 'af=203e' },
  koi8r: { base: 'koi8r' },
  koi8u: { base: 'koi8u', fixes: '95=2022' },
  // cp1252 with its five undefined bytes as C1 controls
  latin1: { base: 'cp1252', fixes: '81=81 8d=8d 8f-90=8f 9d=9d' },
  latin2: { base: 'iso88592' },
  latin5: { base: 'iso88599' },
  latin7: { base: 'iso885913' },
  macce: { base: 'maccenteuro' },
  macroman: { base: 'macroman', fixes: 'bd=3a9 db=20ac f0=f8ff' },
  swe7: { base: 'ascii', fixes: '40=c9 5b=c4 5c=d6 5d=c5 5e=dc 60=e9 7b=e4 7c=f6 7d=e5 7e=fc 7f-ff=?' },
  tis620: {
    base: 'tis620',
    fixes: '80-9f=80 a0=fffd db=fffd dc=fffd dd=fffd de=fffd fc=fffd fd=fffd fe=fffd ff=fffd',
  },
  dec8: {
    base: 'latin1',
    fixes: 'a4=? a6=? a8=a4 ac-af=? b4=? b8=? be=? d0=? d7=152 dd=178 de=? f0=? f7=153 fd=ff fe-ff=?',
  },
  geostd8: {
    base: 'latin1',
    fixes:
      '80=20ac 81=? 82=201a 83=? 84=201e 85=2026 86-87=2020 88=? 89=2030 8a=? 8b=2039 8c-90=? 91-92=2018 ' +
      '93-94=201c 95=2022 96-97=2013 98-9a=? 9b=203a 9c-9f=? c0-c6=10d0 c7=10f1 c8-cd=10d7 ce=10f2 cf-d4=10dd ' +
      'd5=10f3 d6-e1=10e3 e2=10f4 e3-e4=10ef e5=10f5 e6-fc=? fd=2116 fe-ff=?',
  },
  hp8: {
    base: 'latin1',
    high:
      'ÀÂÈÊËÎÏ´ˋˆ¨˜ÙÛ₤¯Ýý°ÇçÑñ¡¿¤£¥§ƒ¢âêôûáéóúàèòùäëöüÅîØÆåíøæÄìÖÜÉïßÔ' + 'ÁÃãÐðÍÌÓÒÕõŠšÚŸÿÞþ·µ¶¾—¼½ªº«■»±?',
  },
  keybcs2: {
    base: 'latin1',
    high:
      'ČüéďäĎŤčěĚĹÍľĺÄÁÉžŽôöÓůÚýÖÜŠĽÝŘťáíóúňŇŮÔšřŕŔ¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐' +
      '└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u00a0',
  },
};

/** The user-defined rows of both EUC sets lie in the private use area, 94 characters each. */
const EUC_USER_ROWS =
  'f5a1-f5fe=e000 f6a1-f6fe=e05e f7a1-f7fe=e0bc f8a1-f8fe=e11a f9a1-f9fe=e178 faa1-fafe=e1d6 ' +
  'fba1-fbfe=e234 fca1-fcfe=e292 fda1-fdfe=e2f0 fea1-fefe=e34e 8ff5a1-8ff5fe=e3ac 8ff6a1-8ff6fe=e40a ' +
  '8ff7a1-8ff7fe=e468 8ff8a1-8ff8fe=e4c6 8ff9a1-8ff9fe=e524 8ffaa1-8ffafe=e582 8ffba1-8ffbfe=e5e0 ' +
  '8ffca1-8ffcfe=e63e 8ffda1-8ffdfe=e69c 8ffea1-8ffefe=e6fa';

export const MULTI_BYTE: Readonly<Record<string, MultiByteTable>> = {
  big5: {
    base: 'big5',
    leads: 'a1-f9',
    trails: '40-7e a1-fe',
    fixes:
      'a145=2022 a14e=ff64 a15a=fffd a1c2=203e a1c3=fffd a1c5=fffd a1e3=223c a1f2=2641 a1f3=2609 ' +
      'a1fe=fffd a240=fffd a241=ff0f a242=ff3c a244=a5 a246-a247=a2 a2cc=fffd a2ce=fffd a3c0-a3e1=? ' +
      'c6a1=30fe c6a2-c6a3=309d c6a4=3005 c6a5-c6f7=3041 c6f8-c6fe=30a1 c740-c77e=30a8 c7a1-c7b0=30e7 ' +
      'c7b1-c7b2=414 c7b3=401 c7b4-c7ba=416 c7bb-c7cd=423 c7ce=451 c7cf-c7e8=436 c7e9-c7f2=2460 ' +
      'c7f3-c7fc=2474 c7fd-c8a4=? c8cd-c8f1=? c8f5-c8fe=? f9dd-f9fe=?',
  },
  cp932: {
    base: 'shiftjis',
    leads: '81-9f e0-fc',
    trails: '40-7e 80-fc',
    fixes: 'f941-f97e=e69d f980-f9fc=e6db',
  },
  eucjpms: {
    base: 'eucjp',
    leads: '8e a1-fe',
    trails: 'a1-fe',
    threeByteLead: 0x8f,
    fixes:
      `${EUC_USER_ROWS} ` +
      '8fa2c3=ffe4 8ff3f3-8ff3fc=2170 8ff3fd-8ff3fe=2160 8ff4a1-8ff4a8=2162 8ff4a9=ff07 8ff4aa=ff02 ' +
      '8ff4ab=3231 8ff4ac=2116 8ff4ad=2121 8ff4ae=70bb 8ff4af=4efc 8ff4b0=50f4 8ff4b1=51ec ' +
      '8ff4b2=5307 8ff4b3=5324 8ff4b4=fa0e 8ff4b5=548a 8ff4b6=5759 8ff4b7-8ff4b8=fa0f 8ff4b9=589e ' +
      '8ff4ba=5bec 8ff4bb=5cf5 8ff4bc=5d53 8ff4bd=fa11 8ff4be=5fb7 8ff4bf=6085 8ff4c0=6120 ' +
      '8ff4c1=654e 8ff4c2=663b 8ff4c3=6665 8ff4c4=fa12 8ff4c5=f929 8ff4c6=6801 8ff4c7-8ff4c8=fa13 ' +
      '8ff4c9=6a6b 8ff4ca=6ae2 8ff4cb=6df8 8ff4cc=6df2 8ff4cd=7028 8ff4ce-8ff4cf=fa15 8ff4d0=7501 ' +
      '8ff4d1=7682 8ff4d2=769e 8ff4d3=fa17 8ff4d4=7930 8ff4d5-8ff4d8=fa18 8ff4d9=7ae7 ' +
      '8ff4da-8ff4db=fa1c 8ff4dc=7da0 8ff4dd=7dd6 8ff4de=fa1e 8ff4df=8362 8ff4e0=fa1f 8ff4e1=85b0 ' +
      '8ff4e2-8ff4e3=fa20 8ff4e4=8807 8ff4e5=fa22 8ff4e6=8b7f 8ff4e7=8cf4 8ff4e8=8d76 ' +
      '8ff4e9-8ff4eb=fa23 8ff4ec=90de 8ff4ed=fa26 8ff4ee=9115 8ff4ef-8ff4f0=fa27 8ff4f1=9592 ' +
      '8ff4f2=f9dc 8ff4f3=fa29 8ff4f4=973b 8ff4f5=974d 8ff4f6=9751 8ff4f7-8ff4f9=fa2a 8ff4fa=999e ' +
      '8ff4fb=9ad9 8ff4fc=9b72 8ff4fd=fa2d 8ff4fe=9ed1',
  },
  euckr: {
    base: 'euckr',
    leads: '81-fe',
    trails: '41-5a 61-7a 81-fe',
  },
  gb18030: {
    base: 'gb18030',
    leads: '81-fe',
    trails: '40-7e 80-fe',
    fourBytes: true,
    fixes: 'a3a0=e5e5',
  },
  gb2312: {
    base: 'gb2312',
    leads: 'a1-f7',
    trails: 'a1-fe',
    fixes: 'a1a4=30fb a1aa=2015 a2a1-a2aa=? a6e0-a6eb=? a6ee-a6f2=? a6f4-a6f5=? a8bb=? a8bd-a8be=? a8c0=?',
  },
  gbk: {
    base: 'gbk',
    leads: '81-fe',
    trails: '40-7e 80-fe',
    fixes:
      'a140-a1a0=? a240-a2a0=? a2ab-a2b0=? a2e3-a2e4=? a2ef-a2f0=? a2fd-a3a0=? a440-a4a0=? ' +
      'a4f4-a5a0=? a5f7-a6a0=? a6b9-a6c0=? a6d9-a6df=? a6ec-a6ed=? a6f3=? a6f6-a7a0=? a7c2-a7d0=? ' +
      'a7f2-a7fe=? a896-a8a0=? a8bc=? a8bf=? a8c1-a8c4=? a8ea-a8fe=? a958=? a95b=? a95d-a95f=? ' +
      'a989-a995=? a997-a9a3=? a9f0-a9fe=? aaa1-aafe=? aba1-abfe=? aca1-acfe=? ada1-adfe=? ' +
      'aea1-aefe=? afa1-affe=? d7fa-d7fe=? f8a1-f8fe=? f9a1-f9fe=? faa1-fafe=? fba1-fbfe=? ' +
      'fca1-fcfe=? fda1-fdfe=? fe50-fefe=?',
  },
  sjis: {
    base: 'shiftjis',
    leads: '81-9f e0-fc',
    trails: '40-7e 80-fc',
    fixes:
      '815f=5c 8160=301c 8161=2016 817c=2212 8191-8192=a2 81ca=ac 8740-875d=? 875f-8775=? 877e-879c=? ' +
      'ed40-eeec=? eeef-eefc=? f040-f940=? fa40-fc4b=?',
  },
  ujis: {
    base: 'eucjp',
    leads: '8e a1-fe',
    trails: 'a1-fe',
    threeByteLead: 0x8f,
    fixes:
      `${EUC_USER_ROWS} ` +
      'a1c0=5c a1c1=301c a1c2=2016 a1dd=2212 a1f1-a1f2=a2 a2cc=ac ada1-adbe=? adc0-add6=? addf-adfc=? ' +
      '8fa2b7=7e',
  },
};
