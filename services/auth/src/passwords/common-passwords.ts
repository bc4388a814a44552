// The most common passwords of at least 8 characters, from published lists of leaked ones, in lower case.
const words = `
12345678 123456789 1234567890 12345678910 123123123 11111111 111111111 1111111111 00000000 000000000 0000000000
87654321 987654321 0987654321 9876543210 88888888 99999999 22222222 33333333 44444444 55555555 66666666 77777777
12341234 12344321 11223344 1122334455 112233445566 123456123 123456123456 147258369 159357159 147852369 789456123
741852963 963852741 123654789 12345679 123456780 1234567891 1234554321 1357924680 13579246 24681357 10203040 102030405
12121212 13131313 11112222 12312312 123321123 1230984567 01234567 0123456789 01010101 31415926 314159265 20202020
password password1 password12 password123 password1234 password12345 password! password1! password@1 password@123 password#1
passw0rd p@ssword p@ssw0rd p@ssw0rd1 p@55w0rd pa55word pa$$word pa$$w0rd passwort passwords mypassword mypassword1
newpassword yourpassword thepassword passpass passpass1 pass1234 pass12345 pass123456 passport contraseña motdepasse
qwertyui qwertyuiop qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyqwerty qwerty321 qwer1234 qwert123 qwert1234
qwert12345 qwerasdf qwerasdfzxcv asdfghjk asdfghjkl asdfasdf asdf1234 asdf12345 asdfqwer asdfjkl; zxcvbnm1 zxcvbnm123 zxcvbnm,
1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y q1w2e3r4 q1w2e3r4t5 1qaz2wsx 1qaz2wsx3edc qazwsxedc qazwsx123 zaq12wsx zaq1zaq1 zaq1xsw2
!qaz2wsx 1qazxsw2 qweasdzxc qweasd123 qwe123qwe qweqweqwe 123qweasd 123qweasdzxc 1234qwer 12345qwert 123456qwerty 123abc123
abc12345 abc123456 abcd1234 abcd12345 abcdefgh abcdefghi abcdefg1 abcdef123 abcdefghij a1b2c3d4 a1b2c3d4e5 aa123456 aa12345678
a12345678 a123456789 a1234567 asd12345 asd123456 123456aa 123456789a 12345678a 1a2b3c4d aaaaaaaa aaaaaaaaa aaaaaaaaaa
zzzzzzzz xxxxxxxx qqqqqqqq abababab abcabcabc test1234 test12345 testtest test1test testing1 testing123 tester123 user1234
admin123 admin1234 admin12345 admin123456 adminadmin admin@123 administrator root1234 rootroot toor1234 superuser superman1
welcome1 welcome12 welcome123 welcome1234 welcome@1 welcome2 welcome! letmein1 letmein123 letmeinnow changeme changeme1
changeme123 default1 default123 temp1234 temporary guest123 guest1234 login123 logmein1 secret12 secret123 secret1234
topsecret security iloveyou iloveyou1 iloveyou2 iloveyou12 iloveyou123 iloveyou! iloveu123 ilovegod iloveme1 loveyou1 lovelove
loveme123 lovely123 forever1 forever21 princess princess1 princess12 princess123 sunshine sunshine1 sunshine123 football football1
football12 football123 baseball baseball1 basketball basketball1 softball1 hockey123 soccer12 soccer123 liverpool liverpool1
arsenal1 arsenal123 chelsea1 chelsea123 barcelona juventus manchester realmadrid superman superman123 batman123 spiderman
spiderman1 pokemon1 pokemon123 starwars starwars1 startrek matrix123 dragon12 dragon123 dragonball monkey12 monkey123
shadow12 shadow123 master12 master123 mustang1 corvette mercedes maverick mountain midnight moonlight michelle michelle1
michael1 michael123 jennifer jennifer1 jessica1 jonathan jordan23 jordan123 jasmine1 anthony1 andrew123 alexander alexandra
alexander1 charlie1 charlie123 chocolate chocolate1 computer computer1 computer123 internet internet1 samsung1 samsung123
google123 facebook facebook1 youtube1 linkedin microsoft windows1 windows10 ashley123 amanda123 nicole123 daniel123 robert123
thomas123 george123 hannah123 victoria veronica patricia stephanie elizabeth elizabeth1 benjamin nicholas christian christine
christopher catherine danielle florence gabriela isabella fernando francisco sebastian valentina garfield snoopy123 tinkerbell
butterfly butterfly1 elephant dolphin1 dolphins panthers steelers cowboys1 redskins patriots lakers24 yankees1 yankees123
cheesecake blink182 metallica slipknot nirvana1 greenday rockstar rockyou1 rockandroll trustno1 whatever whatever1 nothing1
hello123 hello1234 hello12345 hellohello helloworld hello@123 heaven123 freedom1 freedom123 fuckyou1 fuckyou2 fuckyou123
asshole1 bullshit killer123 hunter12 hunter123 ranger12 gateway1 cocacola pepsi123 cookie123 cheese123 banana123 orange123
summer12 summer123 summer2023 summer2024 summer2025 summer2026 winter12 winter123 winter2023 winter2024 winter2025 winter2026
spring2024 spring2025 spring2026 autumn2024 autumn2025 autumn2026 january1 february december november september october1
monday123 friday123 london123 newyork1 america1 canada123 brasil123 germany1 india123 pakistan pakistan1 pakistan123
lucky123 money123 jesus123 jesuschrist blessed1 godisgood godbless angel123 angels12 babygirl babygirl1 babyboy1 beautiful
beautiful1 sweetheart sweety123 lollipop lollipop1 cupcake1 rainbow1 rainbow123 purple123 flower123 diamond1 crystal1
q1w2e3r4t5y6 1234abcd 1234asdf 12qwaszx 123456as 123456ab 123456abc 1password 123password 11111111a a11111111 87654321a
startup1 business company1 company123 holdfast holdfast1 holdfast123 warehouse inventory orders123 shop1234 store123
`;

export const commonPasswords: ReadonlySet<string> = new Set(words.split(/\s+/).filter((word) => word.length > 0));
