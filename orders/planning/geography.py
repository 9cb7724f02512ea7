"""How far it is, roughly: from a warehouse to a country or to a point. Pure."""

from decimal import Decimal
from math import asin, cos, radians, sin, sqrt

EARTH_KM = 6371
Point = tuple[float, float]
"""Latitude and longitude in degrees."""

# The middle of each country's land (ISO 3166), to half a degree: enough to tell near from far.
_CENTROIDS = """
AD 42.5 1.5 AE 24 54 AF 33 66 AG 17 -62 AI 18 -63 AL 41 20 AM 40 45 AO -12.5 18.5 AR -34 -64 AS -14.5 -170 AT 47.5 14.5
AU -25 134 AW 12.5 -70 AX 60 20 AZ 40.5 47.5 BA 44 18 BB 13 -59.5 BD 24 90 BE 50.5 4.5 BF 13 -2 BG 43 25 BH 26 50.5
BI -3.5 30 BJ 9.5 2.5 BL 18 -63 BM 32.5 -64.5 BN 4.5 114.5 BO -17 -65 BQ 12 -68.5 BR -10 -53 BS 24 -76 BT 27.5 90.5
BW -22 24 BY 53 28 BZ 17 -88.5 CA 60 -100 CC -12 97 CD -3 24 CF 7 21 CG -1 15.5 CH 47 8 CI 8 -5.5 CK -21 -160
CL -33 -71 CM 6 12.5 CN 35 103 CO 4 -73 CR 10 -84 CU 21.5 -79.5 CV 15 -24 CW 12 -69 CX -10.5 105.5 CY 35 33
CZ 49.5 15.5 DE 51 10 DJ 11.5 43 DK 56 10 DM 15.5 -61.5 DO 19 -70.5 DZ 28 3 EC -1.5 -78.5 EE 58.5 25.5 EG 27 30
EH 24.5 -13 ER 15 39 ES 40 -4 ET 9 39.5 FI 64 26 FJ -18 178 FK -51.5 -59 FM 7 158 FO 62 -7 FR 46.5 2.5 GA -1 12
GB 54 -2.5 GD 12 -61.5 GE 42 43.5 GF 4 -53 GG 49.5 -2.5 GH 8 -1 GI 36 -5.5 GL 72 -40 GM 13.5 -15.5 GN 10.5 -10.5
GP 16 -61.5 GQ 1.5 10.5 GR 39 22 GS -54.5 -36.5 GT 15.5 -90.5 GU 13.5 145 GW 12 -15 GY 5 -59 HK 22.5 114 HN 15 -86.5
HR 45.5 16 HT 19 -72.5 HU 47 19.5 ID -2.5 118 IE 53 -8 IL 31.5 35 IM 54 -4.5 IN 22 79 IO -6 71.5 IQ 33 44 IR 32 53
IS 65 -18.5 IT 43 12.5 JE 49 -2 JM 18 -77.5 JO 31 36.5 JP 36 138 KE 0.5 38 KG 41.5 74.5 KH 12.5 105 KI 1.5 -173
KM -12 43.5 KN 17.5 -62.5 KP 40 127 KR 36.5 128 KW 29.5 47.5 KY 19.5 -80.5 KZ 48 67 LA 18.5 104 LB 34 36 LC 14 -61
LI 47 9.5 LK 7.5 81 LR 6.5 -9.5 LS -29.5 28 LT 55.5 24 LU 50 6 LV 57 25 LY 27 18 MA 32 -6 MC 43.5 7.5 MD 47 28.5
ME 42.5 19.5 MF 18 -63 MG -19 47 MH 7 171 MK 41.5 21.5 ML 17 -4 MM 21 96 MN 47 104 MO 22 113.5 MP 15 145.5
MQ 14.5 -61 MR 20 -10.5 MS 16.5 -62 MT 36 14.5 MU -20.5 57.5 MV 3 73 MW -13.5 34 MX 24 -102 MY 4 109.5 MZ -17.5 35.5
NA -22 17 NC -21.5 165.5 NE 17.5 9.5 NF -29 168 NG 9.5 8 NI 13 -85 NL 52 5.5 NO 64 12 NP 28 84 NR -0.5 167 NU -19 -170
NZ -41.5 173 OM 20.5 56 PA 8.5 -80 PE -9 -75 PF -17.5 -149.5 PG -6.5 145 PH 12 122.5 PK 30 69.5 PL 52 19.5 PM 47 -56.5
PN -25 -130 PR 18 -66.5 PS 32 35 PT 39.5 -8 PW 7.5 134.5 PY -23 -58 QA 25.5 51 RE -21 55.5 RO 46 25 RS 44 21
RU 60 95 RW -2 30 SA 24 45 SB -9 160 SC -4.5 55.5 SD 16 30 SE 62 16.5 SG 1.5 104 SH -16 -5.5 SI 46 15 SJ 78.5 18
SK 48.5 19.5 SL 8.5 -12 SM 44 12.5 SN 14.5 -14.5 SO 5.5 46 SR 4 -56 SS 7.5 30 ST 0.5 6.5 SV 13.5 -89 SX 18 -63
SY 35 38.5 SZ -26.5 31.5 TC 22 -72 TD 15.5 18.5 TG 8.5 1 TH 15 101 TJ 38.5 71 TK -9 -172 TL -9 126 TM 39 59.5
TN 34 9.5 TO -20.5 -175 TR 39 35 TT 10.5 -61 TV -7.5 179 TW 23.5 121 TZ -6.5 35 UA 49 31.5 UG 1.5 32.5 US 39.5 -98.5
UY -33 -56 UZ 41.5 64 VA 42 12.5 VC 13 -61 VE 7 -66 VG 18.5 -64.5 VI 18.5 -65 VN 16.5 106.5 VU -16 167 WF -13.5 -176
WS -13.5 -172.5 XK 42.5 21 YE 15.5 47.5 YT -13 45 ZA -29 24.5 ZM -14 28 ZW -19 30
"""
_WORDS = _CENTROIDS.split()
CENTROIDS: dict[str, Point] = {
    country: (float(latitude), float(longitude))
    for country, latitude, longitude in zip(_WORDS[::3], _WORDS[1::3], _WORDS[2::3], strict=True)
}


def point_of(country: str, latitude: object = None, longitude: object = None) -> Point | None:
    """Where that is: the point when it is given and is one, else the middle of the country; None when unknown."""
    exact = _degrees(latitude, 90), _degrees(longitude, 180)
    if exact[0] is not None and exact[1] is not None:
        return exact[0], exact[1]
    return CENTROIDS.get(country.upper())


def distance_km(start: Point | None, end: Point | None) -> int | None:
    """Kilometres over the ground between two points; None when one of them is unknown."""
    if start is None or end is None:
        return None
    (north, east), (north_too, east_too) = start, end
    rise, turn = radians(north_too - north), radians(east_too - east)
    chord = sin(rise / 2) ** 2 + cos(radians(north)) * cos(radians(north_too)) * sin(turn / 2) ** 2
    return round(2 * EARTH_KM * asin(min(1.0, sqrt(chord))))


def _degrees(value: object, most: int) -> float | None:
    if not isinstance(value, int | float | Decimal | str) or isinstance(value, bool):
        return None
    try:
        degrees = float(value)
    except ValueError:
        return None
    return degrees if -most <= degrees <= most else None
