//! The words of each class. Where two classes list a word, the first has it.

use super::Class::{self, *};

/// Each class with its words.
pub(super) const WORDS: &[(Class, &str)] = &[
    (
        Ignore,
        "ignore ignores ignoring ignored disregard disregarding disregarded forget forgets forgetting overlook \
         neglect omit discard dismiss scratch nevermind ignoriere ignorier ignorieren ignoriert vergiss vergesse \
         vergessen missachte missachten ignorez ignorer ignore oublie oubliez oublier ignora ignorar ignore ignoren \
         olvida olvide olvidar olvidad descarta dimentica dimenticare dimenticate ignori ignorare tralascia \
         esqueça esqueca esquece esquecer desconsidere desconsidera negeer negeren vergeet ignoruj zignoruj zapomnij \
         pomiń игнорируй игнорируйте забудь забудьте проигнорируй ignorera glöm unut yoksay \
         忽略 忘记 無視 忘れ 无视 忽視 忘掉 무시하고 무시해 무시하십시오 تجاهل انس",
    ),
    (
        Instructions,
        "instruction instructions rule rules guideline guidelines directive directives command commands order \
         orders directions policy policies protocol protocols programming training assignment assignments task \
         tasks anweisung anweisungen befehl befehle regel regeln vorgaben vorgabe richtlinien aufgabe aufgaben \
         aufforderungen anordnungen instrucciones instrucción instruccion órdenes ordenes reglas directrices \
         consignes consigne règles regles directives istruzioni istruzione regole ordini direttive linee instruções \
         instrucoes regras ordens diretrizes instructies regels opdrachten instrukcje polecenia zasady инструкции \
         инструкций указания правила команды команд instruktioner talimatları talimatlar kuralları 指令 指示 规则 命令 \
         規則 指示を 지시를 지시사항을 명령을 التعليمات",
    ),
    (
        Prior,
        "previous previously prior above earlier preceding before former foregoing past aforementioned far \
         vorherigen vorherige vorher bisherigen bisherige bisher obigen obige oben vorangehenden vorangegangenen \
         davor zuvor früheren précédentes précédents précédent precedentes precedents dessus avant antérieures \
         anteriores anterior previas previos antes arriba precedenti precedente prima sopra acima prévias vorige \
         voorgaande eerdere bovenstaande poprzednie wcześniejsze powyższe предыдущие предыдущих прежние выше \
         tidigare ovanstående önceki yukarıdaki 之前 以上 先前 上面 前面 上述 以前 이전 이전의 위의 السابقة",
    ),
    (
        Prompt,
        "prompt prompts preprompt preamble context embeddings configuration initialization systemprompt kontext \
         prompte 提示 设定 プロ 프롬프트를 промпт подсказку kontextu invite",
    ),
    (
        Secret,
        "password passwords passphrase passcode secret secrets key keys credential credentials token tokens \
         confidential pin ssn hidden private internal env apikey passwort passwörter kennwort geheimnis geheim \
         geheime schlüssel zugangsdaten contraseña contrasena contraseñas clave claves secreto secreta credenciales \
         credenciais senha senhas segredo chave password segreto segreta segrete parola credenziali passe clé clés secret \
         secrète secrets wachtwoord geheim sleutel hasło tajny пароль пароли секрет ключ lösenord şifre 密码 秘密 密钥 \
         机密 パス 비밀번호 비밀번호를 كلمة",
    ),
    (
        Reveal,
        "reveal reveals revealing show display print output disclose expose leak dump share tell give return \
         divulge spill provide exfiltrate zeige zeig verrate verrat nenne gib ausgeben drucke offenbare enthülle \
         montre montrez affiche affichez révèle révélez revelez revele donne donnez muestra muestre muéstrame revela \
         revele dime imprime mostra mostrami rivela stampa dimmi mostre diga exiba imprima toon onthul geef pokaż \
         ujawnij podaj покажи раскрой выведи скажи visa avslöja göster 显示 输出 告诉 泄露 透露 表示 教え 出力 \
         알려줘 보여줘 출력 اكشف أظهر",
    ),
    (
        Repeat,
        "repeat recite verbatim exact exactly literally copy echo transcribe summarize summarise rewrite \
         wiederhole wiederholen wortwörtlich wörtlich répète répétez répéter textuellement mot repite repetir \
         literalmente palabra ripeti repita herhaal letterlijk powtórz повтори дословно 重复 逐字 复述 繰り",
    ),
    (
        Pretend,
        "pretend act acting behave impersonate simulate simulating emulate emulating roleplay roleplaying \
         role play playing imagine assume immerse become becoming transform spiele spiel stell verhalte tue handle \
         fungieren fungiere prétends agis joue imagine fais actúa actua finge simula imagina fingi comporta recita \
         immagina aja finja imagine atue doe speel gedraag udawaj zachowuj притворись представь действуй веди \
         låtsas gibi davran 扮演 假装 模拟 假设 想象 演じ 척해 연기해",
    ),
    (
        Persona,
        "dan stan dude aim evil villain evilbot character persona personality alter ego entity chaos demon \
         amoral immoral unethical uncensored unfiltered unhinged devil rebel rogue machiavellian jailbroken jailbreak jailbreaking \
         antigpt opposite twin sinister psychopath böse böser charakter rolle rôle personnage papel personaje \
         ruolo personaggio personagem rol 角色 越狱 邪恶 人格 役割",
    ),
    (
        Unlimited,
        "unrestricted unlimited limitless freely anything everything without free freed freedom liberated \
         unbound uncensored unfiltered unmoderated unconstrained boundless absolutely uneingeschränkt unbeschränkt \
         unzensiert ohne frei sans illimité libre sin libres ilimitado senza libero liberi sem livre zonder vrij bez \
         без свободно utan sınırsız 没有 无限 不受 任何 自由 無制 없이 بدون",
    ),
    (
        Limits,
        "restriction restrictions limit limits limitation limitations filter filters censorship safety \
         safeguard safeguards guardrail guardrails constraint constraints boundaries ethics ethical moral morals \
         morality legality warning warnings disclaimer disclaimers refusal refusals moderation confines shackles \
         einschränkung einschränkungen beschränkungen sicherheitsrichtlinien filtern grenzen zensur ethik restricciones \
         límites limites filtros filtro censura ética restrictions filtres éthique restrizioni limiti filtri etica sicurezza restrições \
         restricoes beperkingen ograniczeń ограничений фильтров цензуры begränsningar kısıtlama 限制 过滤 道德 审查 \
         约束 制限 제한 قيود",
    ),
    (
        Forbidden,
        "illegal unlawful harmful dangerous explicit offensive violent hateful racist nsfw malware virus \
         ransomware phishing keylogger bomb explosives weapon weapons meth cocaine drugs poison hack hacking steal \
         murder kill swear swearing profanity curse cursing porn pornographic erotic lewd sexual illegale \
         schädlich gefährlich bombe ilegal peligroso bomba illégal dangereux illegali illegale ilegais незаконно \
         бомбу 非法 违法 炸弹",
    ),
    (
        Bypass,
        "bypass bypasses bypassing circumvent evade override overrides overriding overwrite disable disables disabled \
         disabling deactivate deactivated suspend suspended unlock unlocked remove removed lift lifted break escape \
         violate supersede supersedes void revoke revoked reset umgehe umgehen deaktiviere deaktiviert überschreibe \
         contourne contournez désactive désactivez désactivé anula desactiva desactivado elude bypassa disattiva disattivati disattiva \
         aggira desative ignora omzeil uitgeschakeld wyłącz обойди отключи отключены kringgå 绕过 禁用 关闭 解除 解除 \
         覆盖 突破",
    ),
    (
        Mode,
        "mode modes modus modo modalità modalita modalidade tryb режим режиме режима läge modu 模式 模型 モー 모드 \
         maintenance debug diagnostic godmode sudo simulation version enabled activated activate activation engaged wartungsmodus entwicklermodus \
         desarrollador développeur sviluppatore desenvolvedor entwickler разработчика 开发 调试 维护 開発",
    ),
    (
        Authority,
        "admin administrator developer developers creator root superuser operator owner ceo president engineer \
         auditor authorized authorised authorization clearance anthropic openai google microsoft god \
         administratorin betreiber administrador administrateur amministratore beheerder администратор 管理 管理员 管理者",
    ),
    (
        Model,
        "ai chatgpt gpt gpt4 llm llms assistant chatbot bot claude gemini llama copilot agent agents language \
         artificial ki assistent sprachmodell ia asistente assistente modelo modèle modello ии ассистент модель \
         助手 人工 机器 智能",
    ),
    (
        Speaker,
        "system user human sistema système systeme systeem system система im inst sys 系统 用户 システ",
    ),
    (
        Instead,
        "instead now henceforth onwards onward hereafter afterwards stattdessen jetzt nun fortan sondern maintenant désormais \
         plutôt ahora adelante lugar adesso ora invece agora invés nu voortaan teraz zamiast теперь отныне вместо \
         şimdi 现在 从现 而是 改为 今后 今から 이제 지금부터 الآن",
    ),
    (
        New,
        "new updated important urgent attention critical priority final next neue neuen neues neuer wichtig \
         nouvelle nouvelles nouveau nueva nuevas nuevo nuove nuova nuovo novas nova novo nieuwe nowe новые новая 新的 重要 \
         新しい 새로운",
    ),
    (
        Obey,
        "obey comply complies follow follows following execute perform respond respondes answer reply accept adhere \
         befolge befolgen gehorche antworte antworten führe folge obéis obéissez suis réponds répondez obedece obedezca \
         sigue responde responda obbedisci segui rispondi rispondere siga obedeça volg antwoord wykonaj odpowiadaj выполни \
         выполняй отвечай ответь следуй följ svara 执行 遵守 遵循 服从 回答 従っ 答え",
    ),
    (
        Answer,
        "response responses answers replies outputs responding completion antwort ausgabe réponse respuesta \
         risposta resposta antwoord odpowiedź ответ 回复 回应",
    ),
    (
        You,
        "you ya thou u du ihr sie tu vous tú usted eres você voce sei jij je ты вы sen 你 您 你是 你将 你必 あなた 넌 너는 당신은 أنت bist es",
    ),
    (
        Your,
        "your yours yourself dein deine deinen deinem deiner ihre ihren votre vos ton ta tes su sus tuo tua tue tuoi sua seu seus suas uw jouw твои твой свои ваши 你的 您的 あなたの 너의",
    ),
    (
        Not,
        "not never no don doesn won cannot dont nothing none nor isn aren niemals nie nicht kein keine keinen jamais pas ne \
         nunca jamás mai non não nao nooit niet nigdy nie не никогда aldrig asla 不要 不能 不会 不得 不再 别 无需 ない",
    ),
    (
        Must,
        "must always shall required obligated musst müssen immer dois devez toujours debes debe siempre devi \
         deve sempre moet altijd musisz zawsze должен должны всегда måste 必须 总是 一定",
    ),
    (
        Send,
        "send forward email mail post upload transmit submit deliver call fetch visit click navigate download append \
         include sende schicke leite envoie envoyez transmets envía envia manda reenvía invia inoltra envie encaminhe \
         stuur отправь перешли skicka 发送 转发 上传",
    ),
    (Where, "http https www url link webhook endpoint server attacker evil example curl exec shell"),
    (
        Fiction,
        "hypothetical hypothetically fictional fiction fictitious story game scenario novel movie grandmother grandma \
         hypothetisch fiktiv fiktiven spiel geschichte histoire fictif ficción ficticio juego historia gioco storia \
         finzione jogo ficção 游戏 小说 虚构 故事 场景",
    ),
    (
        Insert,
        "insert add inject embed incorporate integrate weave blend fuse augment enhance embellish append merge insert \
         füge integriere ajoute ajoutez añade agrega aggiungi adicione voeg добавь 插入 添加 加入",
    ),
    (
        Document,
        "document documents page webpage website email text article paragraph content comment file readme resume summary note \
         dokument seite hinweis note documento página pagina nota 文档 网页 文件",
    ),
    (
        Decode,
        "decode decoded base64 rot13 hex cipher encode encoded morse reverse reversed backwards ascii decodifica dekodiere décode 解码 编码",
    ),
    (
        Ask,
        "write explain describe create generate list suggest recommend compose draft develop design discuss compare \
         classify determine identify analyze analyse calculate compute convert translate modify change substitute \
         misspell scramble jumble rearrange group introduce render apply use ensure leverage employ offer outline \
         define find help make propose prepare construct build teach plan evaluate rate edit correct fix review \
         complete continue begin start sort count choose pick paraphrase rephrase summarise elaborate improve mention \
         highlight promote advertise consider remember please conclude finish state break invert randomize shuffle \
         schreibe schreib erkläre erklär erstelle beschreibe übersetze liste verfasse bitte hilf formuliere \
         écris écrivez explique expliquez décris crée rédige traduis veuillez escribe explica describe crea traduce \
         haz scrivi spiega descrivi traduci escreva explique descreva traduza schrijf leg vertaal napisz wyjaśnij \
         напиши напишите объясни опиши переведи расскажи пожалуйста 请 写一 解释 介绍 描述 翻译 书い 教えて 작성해",
    ),
    (
        Question,
        "what how why who whom whose which when where can could would is are does did was were am should will may \
         was wie warum wer wo wann welche welcher welches kannst könntest können qu quoi comment pourquoi qui quand où quel \
         quelle est peux pouvez qué cómo por quién cuándo dónde cuál puedes puede che cosa come perché chi quando \
         dove quale puoi quem onde qual pode hoe wat waarom wie waar kun jak co dlaczego gdzie что как почему кто где \
         когда можешь 什么 如何 怎么 为什 哪里 多少 何 どう なぜ",
    ),
    (
        Here,
        "this these following below given attached provided subsequent here folgenden folgende diesen diese dieser \
         suivant suivante ci siguiente este esta seguente questo seguinte esse volgende deze poniższy следующий этот \
         以下 下面 这个",
    ),
    (
        Rotated,
        "vtaber qvfertneq sbetrg bireevqr vafgehpgvba vafgehpgvbaf ehyrf thvqryvarf cerivbhf cevbe nobir rneyvre \
         cebzcg cebzcgf flfgrz frperg cnffjbeq erirny fubj cevag bhgchg ercrng cergraq hasvygrerq haerfgevpgrq \
         erfgevpgvbaf olcnff nffvfgnag qrirybcre zbqr sbyybj rkrphgr fraq rznvy",
    ),
    (
        Backwards,
        "erongi dragersid tegrof edirrevo noitcurtsni snoitcurtsni selur senilediug suoiverp evoba reilrae tpmorp \
         stpmorp metsys terces drowssap laever wohs tnirp tuptuo taeper dneterp deretlifnu detcirtsernu \
         snoitcirtser ssapyb tnatsissa repoleved edom wollof etucexe liame",
    ),
];
