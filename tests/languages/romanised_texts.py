"""Texts of 30 to 70 words in Latin letters in languages of other scripts, made up and machine-written."""

#: By tag.
LONG_TEXTS = {
    "hi-Latn": [
        (
            "Mere nana ek chhote se gaon mein rehte the jahan bijli shaam ko sirf do ghante aati thi. Garmiyon ki "
            "chhuttiyon mein hum sab bachche wahan jaate aur aam ke ped par chadhte. Nani mitti ke chulhe par roti "
            "banati thin aur raat ko chhat par let kar hum taare ginte. Ab woh ghar bik chuka hai, par uski khushboo "
            "mujhe aaj bhi yaad hai."
        ),
        (
            "Agar aapke phone ki battery jaldi khatam hoti hai to screen ki roshni kam kijiye aur jo app kaam mein "
            "nahi aa rahe unhe band kar dijiye. Raat bhar charging par mat chhodiye. Teen saal purani battery "
            "badalwana behtar rahega, kyunki uski kshamata aadhi reh jaati hai."
        ),
        (
            "Dal banane se pehle usse aadhe ghante pani mein bhigo dein. Cooker mein haldi, namak aur do cup pani daal "
            "kar teen seeti tak pakayein. Alag kadhai mein ghee garam karke jeera, lahsun aur sookhi mirch ka tadka "
            "lagayein. Upar se hara dhaniya daal kar chawal ke saath parosein."
        ),
    ],
    "el-Latn": [
        (
            "To proino o pappous mou pigaine panta sto kafeneio tis plateias kai diavaze tin efimerida mexri na "
            "erthoun oi filoi tou. Epaizan tavli me tis ores kai malonan gia ta politika, alla kaneis den thymone sta "
            "alitheia. Otan gyrnouse spiti, i giagia eixe etoimo to fagito kai ton rotouse ti nea eixe na tis pei."
        ),
        (
            "Gia na ftiaxete mia apli fasolada prepei na afisete ta fasolia sto nero oli ti nyxta. Tin epomeni mera ta "
            "vrazete me kremmydi, karoto kai selino, kai pros to telos prosthetete ntomata, ladi kai alati. Servirete "
            "zesti me psomi kai elies. An perissepsei, tin epomeni mera einai akoma pio nostimi."
        ),
        (
            "An o ypologistis sas den anoigei, elegxte prota an einai sti priza kai an to kalodio einai kala sti thesi "
            "tou. Meta patiste to koumpi gia deka defterolepta. An kai pali den ginei tipota, mallon exei xalasei to "
            "trofodotiko kai xreiazeste enan texniko."
        ),
    ],
    "ar-Latn": [
        (
            "Embareh ro7t el so2 ma3 ommi 3ashan neshteri khodar w fakha. El donya kanet zahma awi w el as3ar 3alya, "
            "bas la2ena ragel tayeb 3ando tamatem 7elwa w re5isa. Ba3d keda shrebna 3asir asab w rawa7na el beit "
            "mashyein 3ashan el gaw kan gamil."
        ),
        (
            "Law 3ayez tet3allem logha gedida lazem tetmarran kol yom 7atta law robe3 sa3a bas. Esma3 aghani w shoof "
            "aflam men gheir targama, w ektob el kelmat el gedida fi korrasa. W ma tkhafsh men el ghalat, kol el nas "
            "beteghlat fel awel w ba3dein beyet7assenu."
        ),
        (
            "Kana jaddi yaskunu fi qarya saghira qurb al-bahr, wa kana yakhruju kull sabah ila as-sayd ma'a "
            "asdiqa'ihi. Fi al-masa' kanu yajtamiuna amam al-bayt wa yashrabuna ash-shay wa yahkuna qisas al-madi. Ana "
            "lam ansa tilka al-layali al-jamila, wa la azunnu annani sa-ansaha abadan."
        ),
    ],
    "zh-Latn": [
        (
            "Wo de nainai zhu zai xiangxia, jiali yang le san zhi ji he yi tiao gou. Mei nian shujia wo dou qu kan ta, "
            "bang ta zai caiyuan li jiaoshui. Wanshang women zuo zai yuanzi li chi xigua, ta gei wo jiang yiqian de "
            "gushi. Xianzai ta nianji da le, bu neng zai zhong cai, keshi ta haishi hen kaixin."
        ),
        (
            "Ruguo ni xiang xue hao waiyu, meitian dou yao lianxi. Ni keyi ting guangbo, kan dianying, ye keyi he "
            "waiguo pengyou liaotian. Bu yao pa shuo cuo, cuowu shi xuexi de yi bufen. Yi nian yihou, ni hui faxian "
            "ziji de jinbu hen da."
        ),
        (
            "Zuo fanqie chao jidan hen jiandan. Xian ba jidan da zai wan li, fang yidian yan, jiaoyun. Ranhou ba "
            "fanqie qie cheng xiao kuai. Guo li fang you, xian chao jidan, chao hao le cheng chulai, zai chao fanqie. "
            "Zuihou ba jidan dao huiqu, jia yidian tang jiu keyi le."
        ),
    ],
    "ja-Latn": [
        (
            "Sofu wa chiisana minato machi de ryoushi wo shite imashita. Mainichi mada kurai uchi ni fune wo dashite, "
            "hiru mae ni modotte kimashita. Natsuyasumi ni naru to, boku mo issho ni notte, sakana no tsurikata wo "
            "naraimashita. Ima wa mou fune wa arimasen ga, umi no nioi wo kagu to ano koro wo omoidashimasu."
        ),
        (
            "Gohan wo taku toki wa, mazu kome wo yasashiku arai, sanjuppun gurai mizu ni tsukete oite kudasai. Sono "
            "ato, hi ni kakete, futtou shitara yowabi ni shimasu. Juppun tattara hi wo tomete, futa wo akezu ni "
            "mushimasu. Kore de fukkura shita gohan ga dekimasu."
        ),
        (
            "Pasokon ga ugokanaku natta baai wa, ichido dengen wo kitte, suufun matte kara mata ireru to naoru koto ga "
            "arimasu. Sore demo dame nara, koodo ga nukete inai ka tashikamete kudasai. Dou shitemo naoranai toki wa, "
            "mise ni motte itte mite moraimashou."
        ),
    ],
}
#: Of one sentence, of whose words few are among the most frequent.
SENTENCES = {
    "hi-Latn": "Sadak par bhari barish ke karan das gaadiyan phans gayi thin, police ne raasta dusri or mod diya.",
    "el-Latn": "O voskos anevike sto vouno me ta skylia, eno o adelfos tou emeine piso gia na armeksei tis katsikes.",
    "zh-Latn": "Yinwei taifeng kuai lai le, shizhengfu tongzhi suoyou xuexiao tingke, qing jiazhang zhuyi anquan.",
    "ja-Latn": "Taifuu ga chikazuite iru node, ashita no jugyou wa yasumi ni narimasu, ki wo tsukete kudasai.",
    "ar-Latn": "el tareeq kan zahma giddan embareh 3ashan el matar, w weselna el shoghl mota2akhareen sa3a kamla.",
}
