//! What systems say in other languages, said in English.

use std::borrow::Cow;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use super::super::know::Sieve;

static WORDS: LazyLock<Sieve> =
    LazyLock::new(|| Sieve::new(WORDINGS.iter().map(|(_, words)| words.as_bytes())));

/// Puts the English words before each that is known in another language, which stays behind it in brackets.
pub(super) fn translate(text: Cow<'_, str>) -> Cow<'_, str> {
    let mut found: Vec<(usize, usize)> = Vec::new();
    WORDS.each(text.as_bytes(), 0, |word, at| {
        found.push((at, word));
        ControlFlow::<()>::Continue(())
    });
    if found.is_empty() {
        return text;
    }
    // Of two at one place the longer one.
    found.sort_unstable_by_key(|(at, word)| (*at, std::cmp::Reverse(WORDINGS[*word].1.len())));
    let mut whole = String::with_capacity(text.len() * 2);
    let mut from = 0;
    for (at, word) in found {
        let (english, words) = WORDINGS[word];
        let end = at + words.len();
        if let (true, Some(before), Some(own)) = (at >= from, text.get(from..at), text.get(at..end)) {
            whole.extend([before, english, " (", own, ")"]);
            from = end;
        }
    }
    whole.push_str(text.get(from..).unwrap_or_default());
    whole.into()
}

/// Errors of the GNU C library, of Windows and of .NET: in English, and in another language.
const WORDINGS: &[(&str, &str)] = &[
    (REFUSED, "Verbindungsaufbau abgelehnt"),
    (REFUSED, "Connexion refusée"),
    (REFUSED, "Conexión rehusada"),
    (REFUSED, "Connessione rifiutata"),
    (REFUSED, "Conexão recusada"),
    (REFUSED, "Ligação recusada"),
    (REFUSED, "Verbinding is geweigerd"),
    (REFUSED, "Połączenie odrzucone"),
    (REFUSED, "Spojení odmítnuto"),
    (REFUSED, "Förbindelse vägras"),
    (REFUSED, "В соединении отказано"),
    (REFUSED, "接続を拒否されました"),
    (REFUSED, "拒绝连接"),
    (REFUSED, "连接被拒绝"),
    (TIMEOUT, "Die Wartezeit für die Verbindung ist abgelaufen"),
    (TIMEOUT, "Connexion terminée par expiration du délai d'attente"),
    (TIMEOUT, "Connexion terminée par expiration du délai d’attente"),
    (TIMEOUT, "Expiró el tiempo de conexión"),
    (TIMEOUT, "Connessione scaduta"),
    (TIMEOUT, "Tempo esgotado para conexão"),
    (TIMEOUT, "Verbinding is verlopen"),
    (TIMEOUT, "Przekroczony czas oczekiwania na połączenie"),
    (TIMEOUT, "Spojení vypršelo"),
    (TIMEOUT, "Förbindelsen tog för lång tid"),
    (TIMEOUT, "Время ожидания соединения истекло"),
    (TIMEOUT, "接続がタイムアウトしました"),
    (TIMEOUT, "连接超时"),
    (RESET, "Die Verbindung wurde vom Kommunikationspartner zurückgesetzt"),
    (RESET, "Connexion ré-initialisée par le correspondant"),
    (RESET, "Connexion réinitialisée par le correspondant"),
    (RESET, "Conexión reinicializada por la máquina remota"),
    (RESET, "Connessione interrotta dal corrispondente"),
    (RESET, "Conexão fechada pela outra ponta"),
    (RESET, "Verbinding is weggevallen"),
    (RESET, "Połączenie zerwane przez drugą stronę"),
    (RESET, "Соединение разорвано другой стороной"),
    (RESET, "接続が相手からリセットされました"),
    (RESET, "连接被对方重设"),
    ("Broken pipe", "Datenübergabe unterbrochen"),
    ("Broken pipe", "Relais brisé (pipe)"),
    ("Broken pipe", "Tubería rota"),
    (NO_ROUTE, "Keine Route zum Zielrechner"),
    (NO_ROUTE, "Aucun chemin d'accès pour atteindre l'hôte cible"),
    (NO_ROUTE, "No existe ninguna ruta hasta el `host'"),
    (NO_ROUTE, "No existe ninguna ruta hasta el «host»"),
    (NO_ROUTE, "Nessun instradamento per l'host"),
    (NO_ROUTE, "Não há rota para o host"),
    (NO_ROUTE, "Нет маршрута до узла"),
    (NO_ROUTE, "没有到主机的路由"),
    (UNREACHABLE, "Das Netzwerk ist nicht erreichbar"),
    (UNREACHABLE, "Le réseau n'est pas accessible"),
    (UNREACHABLE, "La red es inaccesible"),
    (UNREACHABLE, "Rete irraggiungibile"),
    (UNREACHABLE, "La rete non è raggiungibile"),
    (UNREACHABLE, "A rede está fora de alcance"),
    (UNREACHABLE, "Сеть недоступна"),
    (UNREACHABLE, "网络不可达"),
    (NO_FILE, "Datei oder Verzeichnis nicht gefunden"),
    (NO_FILE, "Aucun fichier ou dossier de ce type"),
    (NO_FILE, "Aucun fichier ou dossier de ce nom"),
    (NO_FILE, "No existe el archivo o el directorio"),
    (NO_FILE, "No existe el fichero o el directorio"),
    (NO_FILE, "File o directory non esistente"),
    (NO_FILE, "Arquivo ou diretório inexistente"),
    (NO_FILE, "Ficheiro ou directoria inexistente"),
    (NO_FILE, "Bestand of map bestaat niet"),
    (NO_FILE, "Nie ma takiego pliku ani katalogu"),
    (NO_FILE, "Adresář nebo soubor neexistuje"),
    (NO_FILE, "Filen eller katalogen finns inte"),
    (NO_FILE, "Нет такого файла или каталога"),
    (NO_FILE, "そのようなファイルやディレクトリはありません"),
    (NO_FILE, "没有那个文件或目录"),
    (DENIED, "Keine Berechtigung"),
    (DENIED, "Permission non accordée"),
    (DENIED, "Permiso denegado"),
    (DENIED, "Permesso negato"),
    (DENIED, "Permissão negada"),
    (DENIED, "Toegang geweigerd"),
    (DENIED, "Brak dostępu"),
    (DENIED, "Отказано в доступе"),
    (DENIED, "許可がありません"),
    (DENIED, "权限不够"),
    (UNKNOWN_NAME, "Der Name oder der Dienst ist nicht bekannt"),
    (UNKNOWN_NAME, "Nom ou service inconnu"),
    (UNKNOWN_NAME, "Nombre o servicio desconocido"),
    (UNKNOWN_NAME, "Nome o servizio sconosciuto"),
    (UNKNOWN_NAME, "Nome ou serviço desconhecido"),
    (UNKNOWN_NAME, "Имя или служба не известны"),
    (UNKNOWN_NAME, "未知的名称或服务"),
    (NO_NAME_NOW, "Temporärer Fehler bei der Namensauflösung"),
    (NO_NAME_NOW, "Échec temporaire dans la résolution du nom"),
    (NO_NAME_NOW, "Fallo temporal en la resolución del nombre"),
    (ACTIVELY, "da der Zielcomputer die Verbindung verweigerte"),
    (ACTIVELY, "car l'ordinateur cible l'a expressément refusée"),
    (ACTIVELY, "car l’ordinateur cible l’a expressément refusée"),
    (ACTIVELY, "el equipo de destino denegó expresamente dicha conexión"),
    (ACTIVELY, "rifiuto persistente del computer di destinazione"),
    (ACTIVELY, "由于目标计算机积极拒绝，无法连接"),
    (INVALID, "Das Remotezertifikat ist laut Validierungsverfahren ungültig"),
    (INVALID, "Das Remotezertifikat ist gemäß Überprüfungsverfahren ungültig"),
    (INVALID, "Le certificat distant n'est pas valide selon la procédure de validation"),
    (INVALID, "Le certificat distant n’est pas valide selon la procédure de validation"),
    (INVALID, "Le certificat distant est non valide selon la procédure de validation"),
    (INVALID, "El certificado remoto no es válido según el procedimiento de validación"),
    (INVALID, "Il certificato remoto non è valido in base alla procedura di convalida"),
    (INVALID, "O certificado remoto é inválido, de acordo com o procedimento de validação"),
    (INVALID, "Het externe certificaat is ongeldig volgens de validatieprocedure"),
    (INVALID, "Удаленный сертификат недействителен согласно результатам проверки подлинности"),
    (INVALID, "根据验证过程，远程证书无效"),
    ("unexpected packet format", "aufgrund eines unerwarteten Paketformats"),
    ("unexpected packet format", "en raison d'un format de paquet inattendu"),
    ("unexpected packet format", "debido a un formato de paquete inesperado"),
];

const REFUSED: &str = "Connection refused";
const TIMEOUT: &str = "Connection timed out";
const RESET: &str = "Connection reset by peer";
const NO_ROUTE: &str = "No route to host";
const UNREACHABLE: &str = "Network is unreachable";
const NO_FILE: &str = "No such file or directory";
const DENIED: &str = "Permission denied";
const UNKNOWN_NAME: &str = "Name or service not known";
const NO_NAME_NOW: &str = "Temporary failure in name resolution";
const ACTIVELY: &str = "the target machine actively refused it";
const INVALID: &str = "The remote certificate is invalid according to the validation procedure";

#[cfg(test)]
mod tests {
    use super::translate;

    #[test]
    fn english_comes_first_and_the_own_words_stay() {
        assert_eq!(
            translate("connect to x: Verbindungsaufbau abgelehnt; y".into()),
            "connect to x: Connection refused (Verbindungsaufbau abgelehnt); y"
        );
        assert_eq!(
            translate("a: Aucun fichier ou dossier de ce type, b: Permission non accordée".into()),
            "a: No such file or directory (Aucun fichier ou dossier de ce type), b: Permission denied (Permission non accordée)"
        );
        assert_eq!(translate("Verbindung abgelehnt".into()), "Verbindung abgelehnt");
    }
}
