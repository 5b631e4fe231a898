# ruff: noqa: E501 - one row of the story to a line
"""The street of the demo: invented people, shops, gifts and services. Only data; days count back from the first start.

Every name and number here is made up. Phone numbers lie in 1390000xxxx, which no operator gave to these people.
"""

from __future__ import annotations

from typing import Final

STREET: Final = ("示范街道", "028-0000-0010", "028-0000-0012")
COMMUNITIES: Final = (("jinxiu", "锦绣社区"), ("wangjiang", "望江社区"), ("wutong", "梧桐社区"))
BEGAN_DAYS_AGO: Final = 190

# key: (name, community, phone or "", what they do here)
STAFF: Final = {
    "admin": ("林晓岚", "jinxiu", "13900000001", "管理员:街道设置、授权"),
    "manager": ("陈敏", "jinxiu", "13900000002", "基金管理员:关爱行动、支出申请、付款登记、报告"),
    "cashier": ("何芳", "jinxiu", "13900000003", "基金管理员:录入转账,与陈敏互相复核"),
    "approver": ("赵国强", "wangjiang", "13900000004", "审批人:计划、支出、完成确认"),
    "supervisor": ("周正", "wangjiang", "13900000005", "监督员:全部可看,不能改"),
    "coordinator": ("孙丽", "jinxiu", "13900000006", "锦绣社区活动负责人:签到码、扫纸质卡"),
    "assessor": ("吴建华", "jinxiu", "13900000007", "锦绣社区评价员:按细则评价服务"),
    "clerk": ("李大伟", "wutong", "13900000008", "惠民超市店员:扫码核销"),
    "barber": ("郑师傅", "wangjiang", "13900000009", "老郑理发店店员:扫码核销"),
}

VOLUNTEERS: Final = {
    "zhou": ("周桂兰", "jinxiu", "13900000101"),
    "wang": ("王秀英", "jinxiu", "13900000102"),
    "liu": ("刘志强", "jinxiu", "13900000103"),
    "huang": ("黄婷", "jinxiu", "13900000104"),
    "tang": ("唐小军", "jinxiu", "13900000105"),
    "yang": ("杨雪梅", "jinxiu", "13900000106"),
    "xu": ("徐䶮", "jinxiu", "13900000107"),
    "luo": ("罗天佑", "jinxiu", ""),
    "deng": ("邓玉珍", "jinxiu", ""),
    "feng": ("冯磊", "jinxiu", "13900000110"),
}

CHARITY: Final = {
    "name": "示范街道社区基金",
    "charity_name": "示范市慈善会",
    "certificate_number": "DEMO-51000000-01",
    "filing_number": "DEMO-51000000-01-A26001",
    "platform_name": "示范慈善公开募捐平台",
    "platform_url": "https://charity.example/linli",
    "query_contact": "028-0000-0010",
    "refund_contact": "028-0000-0011",
}
POTS: Final = (
    (
        "general",
        "邻里关爱资金",
        "charity",
        ("elders", "children", "hardship", "special-care", "activity", "management"),
    ),
    ("rewards", "志愿者激励资金", "sponsor", ("volunteers", "activity")),
)
POSTERS: Final = {
    "online": ("general", "online", "individual", "社区公众号"),
    "fair": ("general", "event", "individual", "重阳百家宴"),
    "shop": ("general", "partner", "monthly", "爱心商铺联盟"),
    "rewards": ("rewards", "online", "individual", "为志愿者添温暖"),
}

# (days ago, poster, yuan in fen, name or "" for anonymous, name public, amount public)
GIFTS: Final = (
    (178, "online", 100_00, "", False, False),
    (171, "online", 200_00, "蒋文博", True, True),
    (163, "fair", 50_00, "", False, False),
    (150, "online", 1_000_00, "沈静怡", True, False),
    (141, "online", 66_66, "小葵花", True, True),
    (129, "rewards", 300_00, "退休老兵", True, True),
    (118, "fair", 20_00, "", False, True),
    (104, "online", 500_00, "彭家大院", True, True),
    (96, "online", 88_00, "", False, False),
    (83, "fair", 200_00, "曾秀兰", True, True),
    (71, "online", 30_00, "", False, False),
    (52, "fair", 1_200_00, "重阳节邻居们", True, True),
    (51, "fair", 10_00, "", False, False),
    (37, "online", 365_00, "陶然", True, True),
    (24, "rewards", 150_00, "", False, True),
    (12, "online", 99_00, "余欢", True, True),
    (5, "online", 50_00, "", False, False),
    (1, "online", 128_00, "罗阿婆的孙女", True, True),
)
REFUNDED: Final = {10: 30_00, 12: None}
"""Gift number → fen given back (None: all of it): one typed too much, one clicked twice."""

# (days ago it began, fen a month, shop)
MONTHLY: Final = ((160, 50_00, "张记面馆"), (128, 100_00, "绿洲水果店"), (65, 30_00, "小满裁缝铺"))

# enterprise, days ago signed, [(days ago due, fen, how it was met)]
PLEDGES: Final = (
    ("锦程社会企业", 170, ((150, 20_000_00, "bank"), (60, 20_000_00, "invoice"), (-30, 20_000_00, ""))),
    ("和谐家政服务中心", 120, ((90, 8_000_00, "bank"), (-10, 8_000_00, ""))),
)

# (title, days ago planned, [(category, fen)], [(days after plan, category, fen, payee kind, payee, purpose)], times, state)
CARE_ACTIONS: Final = (
    ("夏日清凉·独居老人走访", 140, (("elders", 6_000_00),),
     ((8, "elders", 3_860_00, "organisation", "康乐为老服务社", "清凉包86份"), (20, "elders", 1_240_00, "person", "吴秋生", "入户修电扇工料")), 86, "signed_off"),
    ("暑期护苗课堂", 118, (("children", 5_000_00),),
     ((6, "children", 2_400_00, "organisation", "青禾社工站", "课堂六周师资"), (15, "children", 980_50, "organisation", "新知书店", "图书与文具")), 132, "signed_off"),
    ("重阳百家宴", 66, (("elders", 4_000_00), ("activity", 1_500_00)),
     ((7, "elders", 3_200_00, "organisation", "锦绣社区食堂", "老人餐食160份"), (9, "activity", 760_00, "organisation", "红鼓舞台租赁", "桌椅音响")), 160, "signed_off"),
    ("冬衣暖心·困难家庭", 30, (("hardship", 8_000_00), ("special-care", 3_000_00)),
     ((5, "hardship", 4_500_00, "organisation", "暖阳被服厂", "棉衣90件"), (27, "special-care", 1_200_00, "person", "钟文远", "心理陪伴服务")), 0, "running"),
    ("春节送福到家", 3, (("elders", 6_000_00),), (), 0, "planned"),
)  # fmt: skip

# (days ago, category, name, place, starts at hour, hours, [(volunteer, minutes late, minutes served, grade)])
ACTIVITIES: Final = (
    (166, "elderly", "独居老人家访", "锦绣社区3号院", 9, 3, (("zhou", 2, 135, "good"), ("wang", 5, 160, "excellent"), ("luo", 0, 170, "good"))),
    (139, "environment", "沿江清洁行动", "滨江步道", 8, 3, (("liu", 3, 150, "good"), ("tang", 8, 140, "passed"), ("feng", 1, 175, "good"))),
    (112, "children", "暑期作业辅导", "社区活动室", 14, 2, (("huang", 2, 115, "excellent"), ("yang", 4, 110, "good"), ("xu", 6, 105, "good"))),
    (85, "patrol", "夜间平安巡防", "锦绣片区", 19, 2, (("liu", 0, 120, "good"), ("feng", 3, 112, "good"))),
    (58, "elderly", "重阳百家宴帮厨", "社区食堂", 8, 4, (("zhou", 0, 225, "excellent"), ("wang", 2, 230, "excellent"), ("deng", 3, 210, "good"), ("luo", 5, 200, "good"))),
    (33, "order", "路口文明劝导", "锦绣路口", 7, 2, (("tang", 2, 115, "good"), ("xu", 1, 118, "good"), ("yang", 4, 100, "failed"))),
    (16, "elderly", "冬衣分发入户", "锦绣社区服务中心", 9, 3, (("zhou", 1, 165, "good"), ("huang", 3, 150, "good"), ("deng", 0, 172, "good"))),
    (6, "culture", "邻里合唱排练", "文化站", 15, 2, (("wang", 2, 110, "good"), ("yang", 5, 112, ""), ("xu", 3, 105, ""))),
)  # fmt: skip
FORGOTTEN: Final = (2, "environment", "楼道清理", "梧桐院5号楼", 9, 2, ("tang", "feng"))
"""An activity after which these two forgot to check out."""

# shop key: (name, community, place, phone, clerk key, [(title, asset, centi, stock, a person, a month, fen)])
SHOPS: Final = {
    "market": ("惠民超市", "wutong", "梧桐街12号", "028-0000-0101", "clerk",
               (("大米5公斤", "TIME", 5_00, 40, 0, 2, 28_00), ("洗衣液2公斤", "TIME", 3_00, 60, 0, 0, 15_00), ("环保袋", "MEDAL", 50, None, 3, 1, 0))),
    "barber": ("老郑理发店", "wangjiang", "望江巷3号", "028-0000-0102", "barber",
               (("理发一次", "TIME", 2_00, None, 0, 1, 0), ("上门理发一次", "MEDAL", 1_50, 20, 0, 1, 20_00))),
}  # fmt: skip

# (days ago, volunteer, shop, offer number, what became of it)
VOUCHERS: Final = (
    (130, "wang", "barber", 0, "captured"),
    (98, "liu", "barber", 0, "captured"),
    (49, "zhou", "market", 0, "captured"),
    (45, "luo", "market", 1, "captured"),
    (27, "xu", "barber", 0, "cancelled"),
    (21, "huang", "barber", 0, "captured"),
    (1, "wang", "market", 1, "open"),
    (0, "zhou", "market", 2, "open"),
)
