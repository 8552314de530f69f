#include "evidence/settings.h"

#include "base/digest.h"
#include "evidence/filelayer.h"
#include "evidence/model.h"
#include "evidence/remote.h"
#include "evidence/storefile.h"

#include <QFileInfo>
#include <QUrl>

#include <fcntl.h>
#include <sys/file.h>

#include <array>

#include <toml++/toml.hpp>

namespace Orgtrace::Evidence {

namespace {

constexpr qsizetype MaxField = 2048;
constexpr qsizetype MaxId = 64;

/// Printable in one line.
bool isShortLine(const QString &text, qsizetype longest)
{
    return text.size() <= longest
        && std::ranges::none_of(text, [](QChar c) { return c.unicode() < 0x20 || c.unicode() == 0x7f || c.isSurrogate(); });
}

bool isShortName(const QString &name)
{
    bool good = !name.isEmpty() && name.size() <= 64 && !name.startsWith(u'.') && !name.startsWith(u'-');
    for (const QChar c : name) {
        const char16_t u = c.unicode();
        good = good && ((u >= 'a' && u <= 'z') || (u >= 'A' && u <= 'Z') || (u >= '0' && u <= '9') || u == '.' || u == '_' || u == '-');
    }
    return good;
}

/// What git may be given: it takes more than URLs, and some of that runs programs.
Result<void> check(const RemoteSettings &remote)
{
    const auto bad = [&remote](const QString &why) { return Error::make(ErrorCode::BadInput, why, remote.name.left(80)); };
    if (!isShortName(remote.name))
        return bad(QStringLiteral("a remote's name is 1 to 64 of A-Z a-z 0-9 . _ - and begins with none of '.' and '-'"));
    const QUrl url(remote.url, QUrl::StrictMode);
    const QString scheme = url.scheme(), host = url.host();
    if (!isShortLine(remote.url, MaxField) || remote.url.contains(u' ') || !url.isValid() || url.toString(QUrl::RemoveUserInfo).isEmpty()
        || !remote.url.startsWith(QString(scheme + QStringLiteral("://"))))
        return bad(QStringLiteral("a remote is file:///path, https://host/path or ssh://user@host/path"));
    if (!url.password().isEmpty() || url.userInfo().contains(u':'))
        return bad(QStringLiteral("a remote's URL holds no password; git asks its credential helper, or use ssh://"));
    // A token stands as a user's name or in a query as well, and store.toml, messages and git's command line hold no secret.
    const bool isWeb = scheme == QLatin1StringView("http") || scheme == QLatin1StringView("https");
    const QString authority = remote.url.section(u'/', 2, 2);
    if (url.hasQuery() || (isWeb && authority.contains(u'@')))
        return bad(QStringLiteral("a remote's URL holds no user, no token and no query; git's credential helper knows who you are"));
    if (authority.contains(u'%'))
        return bad(QStringLiteral("a user and a host are written plainly, without '%'"));
    if (url.hasFragment() || url.path().size() < 2)
        return bad(QStringLiteral("the remote's URL names no repository"));
    const bool isHost = !host.isEmpty() && !host.startsWith(u'-') && !url.userName().startsWith(u'-');
    const bool isLoopback
        = host == QLatin1StringView("localhost") || host == QLatin1StringView("127.0.0.1") || host == QLatin1StringView("::1");
    if (scheme == QLatin1StringView("file") ? !host.isEmpty() : !isHost)
        return bad(QStringLiteral("the remote's URL names no host, or a file:// one names one: write file:///path"));
    if (scheme == QLatin1StringView("http") && !isLoopback)
        return bad(QStringLiteral("http:// goes to this machine only; use https:// or ssh://"));
    for (const char *known : {"file", "http", "https", "ssh"}) {
        if (scheme == QLatin1StringView(known))
            return {};
    }
    return bad(QStringLiteral("a remote is file:///path, https://host/path or ssh://user@host/path"));
}

struct Field {
    const char *key;
    QString OrganisationSettings::*member;
    bool isNumber = false;
};
constexpr std::array<Field, 8> Fields = {{
    {"name", &OrganisationSettings::name},
    {"region", &OrganisationSettings::region},
    {"api_url", &OrganisationSettings::apiUrl},
    {"login_url", &OrganisationSettings::loginUrl},
    {"client_id", &OrganisationSettings::clientId},
    {"grant", &OrganisationSettings::grant},
    {"redirect_port", &OrganisationSettings::redirectPort, true},
    {"organisation_id", &OrganisationSettings::organisationId},
}};

QString path(const QString &folder)
{
    return folder + QStringLiteral("/store.toml");
}

Result<toml::table> parse(const QByteArray &text, const QString &where)
{
    try {
        return toml::parse(view(text));
    } catch (const toml::parse_error &error) {
        const std::string_view why = error.description();
        return Error::make(
            ErrorCode::NotAStore,
            QStringLiteral("store.toml is not TOML: %1").arg(QString::fromUtf8(why.data(), static_cast<qsizetype>(why.size()))),
            QStringLiteral("%1:%2").arg(where).arg(error.source().begin.line));
    }
}

QString string(const toml::node *node)
{
    const auto *value = node ? node->as_string() : nullptr;
    return value ? QString::fromStdString(value->get()) : QString();
}

QString number(const toml::node *node)
{
    const auto *value = node->as_integer();
    return value ? QString::number(value->get()) : string(node);
}

QList<OrganisationSettings> listed(const toml::table &table)
{
    QList<OrganisationSettings> out;
    const toml::array *array = table["organisation"].as_array();
    if (!array)
        return out;
    for (const toml::node &node : *array) {
        const toml::table *entry = node.as_table();
        if (!entry)
            continue;
        OrganisationSettings organisation;
        for (const Field &field : Fields) {
            if (const toml::node *value = entry->get(field.key))
                organisation.*field.member = field.isNumber ? number(value) : string(value);
        }
        out += organisation;
    }
    return out;
}

Result<void> check(const OrganisationSettings &organisation)
{
    if (!isShortName(organisation.name))
        return Error::make(ErrorCode::BadInput,
                           QStringLiteral("an organisation's name is 1 to 64 of A-Z a-z 0-9 . _ - and begins with none of '.' and '-'"),
                           organisation.name.left(80));
    for (const Field &field : Fields) {
        if (!isShortLine(organisation.*field.member, MaxField))
            return Error::make(ErrorCode::BadInput, QStringLiteral("a setting is too long or has control characters"),
                               QLatin1StringView(field.key));
    }
    if (organisation.grant != u"client" && organisation.grant != u"pkce")
        return Error::make(ErrorCode::BadInput, QStringLiteral("the grant is \"client\" or \"pkce\""), organisation.grant);
    bool isNumber = false;
    const int port = organisation.redirectPort.toInt(&isNumber);
    if (!organisation.redirectPort.isEmpty()
        && (!isNumber || port < 1 || port > 65535 || organisation.redirectPort != QString::number(port)))
        return Error::make(ErrorCode::BadInput, QStringLiteral("the redirect port is a number from 1 to 65535"), organisation.redirectPort);
    return {};
}

/// Strict: what is mistyped would be a copy that is never made. Errors: BadInput (where = file:line).
Result<QList<RemoteSettings>> remotesIn(const toml::table &table, const QString &where)
{
    const auto bad = [&where](const QString &why, const toml::node &node) {
        return Error::make(ErrorCode::BadInput, why, QStringLiteral("%1:%2").arg(where).arg(node.source().begin.line));
    };
    QList<RemoteSettings> out;
    if (const toml::node *const mistyped = table.get("remotes"))
        return bad(QStringLiteral("store.toml has 'remotes'; a remote is a block [[remote]] with name and url"), *mistyped);
    const toml::node *const node = table.get("remote");
    if (!node)
        return out;
    const toml::array *const array = node->as_array();
    if (!array)
        return bad(QStringLiteral("a remote is written with double brackets: [[remote]], then name and url"), *node);
    for (const toml::node &element : *array) {
        const toml::table *const entry = element.as_table();
        if (!entry)
            return bad(QStringLiteral("a remote is a block [[remote]] with name and url"), element);
        const RemoteSettings remote{string(entry->get("name")), string(entry->get("url"))};
        if (const auto good = check(remote); !good)
            return bad(good.error().detail, *entry);
        if (std::ranges::contains(out, remote.name, &RemoteSettings::name))
            return bad(QStringLiteral("two remotes have the name '%1'; give each its own").arg(remote.name), *entry);
        out += remote;
    }
    return out;
}

QByteArray fieldLine(const Field &field, const OrganisationSettings &organisation)
{
    const QString &value = organisation.*field.member;
    // A number taken away has no empty form of its own.
    const QByteArray text = field.isNumber && !value.isEmpty() ? value.toLatin1() : tomlString(value);
    return QByteArray(field.key) + " = " + text + '\n';
}

/// A comment behind a one-line value; empty where there is none.
QByteArray commentAfter(const QByteArray &line)
{
    bool basic = false, literal = false;
    for (qsizetype i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (basic && c == '\\')
            ++i;
        else if (c == '"' && !literal)
            basic = !basic;
        else if (c == '\'' && !basic)
            literal = !literal;
        else if (c == '#' && !basic && !literal)
            return line.mid(i).trimmed();
    }
    return {};
}

/// Replaces an organisation's fields line by line, so that comments, order and keys we do not know stay as the user wrote them.
QByteArray edited(const QByteArray &text, const toml::table &entry, const OrganisationSettings &organisation)
{
    QList<QByteArray> lines = text.split('\n');
    qsizetype insertAt = entry.source().begin.line; // lines are 1-based: the line after the header
    QByteArray missing;
    for (const Field &field : Fields) {
        const toml::node *value = entry.get(field.key);
        if (!value) {
            if (!(organisation.*field.member).isEmpty())
                missing += fieldLine(field, organisation);
            continue;
        }
        const qsizetype first = value->source().begin.line - 1, last = value->source().end.line - 1;
        if (first < 0 || last < first || last >= lines.size())
            continue;
        QByteArray line = fieldLine(field, organisation).trimmed();
        if (first == last) {
            if (const QByteArray comment = commentAfter(lines[first]); !comment.isEmpty())
                line += "  " + comment;
        }
        lines[first] = line;
        for (qsizetype i = first + 1; i <= last; ++i)
            lines[i] = QByteArray();
        insertAt = std::max(insertAt, last + 1);
    }
    if (!missing.isEmpty())
        lines.insert(std::min(insertAt, lines.size()), missing.trimmed());
    return lines.join('\n');
}

bool sameFields(const OrganisationSettings &a, const OrganisationSettings &b)
{
    return std::ranges::all_of(Fields, [&](const Field &field) { return a.*field.member == b.*field.member; });
}

/// store.toml of a store that this program may read.
Result<toml::table> settingsTable(const QString &storeFolder)
{
    if (const auto file = readStoreFile(storeFolder); !file)
        return std::unexpected(file.error());
    const auto text = readWhole(path(storeFolder));
    if (!text)
        return std::unexpected(text.error());
    return parse(*text, path(storeFolder));
}

} // namespace

QByteArray tomlString(const QString &text)
{
    QByteArray out = "\"";
    const QByteArray utf8 = text.toUtf8();
    for (const char c : utf8) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '"' || c == '\\')
            (out += '\\') += c;
        else if (byte < 0x20 || byte == 0x7f)
            out += "\\u00" + QByteArray::number(byte, 16).rightJustified(2, '0');
        else
            out += c;
    }
    return out + '"';
}

QByteArray storeFileText(const StoreFile &file)
{
    QByteArray out = "# An Orgtrace store (docs/formats/store.md). Organisations are added by `orgtracectl org add`.\n";
    out += "format = " + QByteArray::number(file.format) + '\n';
    out += "store_id = " + tomlString(file.storeId) + '\n';
    out += "writer_id = " + tomlString(file.writerId) + '\n';
    if (!file.keyFile.isEmpty())
        out += "key_file = " + tomlString(file.keyFile) + '\n';
    return out;
}

Result<StoreFile> readStoreFile(const QString &folder)
{
    if (!QFileInfo(folder).isDir())
        return Error::make(ErrorCode::NotAStore, QStringLiteral("there is no such folder"), folder);
    const auto text = readWhole(path(folder));
    if (!text) {
        if (text.error().code == ErrorCode::NotFound)
            return Error::make(ErrorCode::NotAStore, QStringLiteral("the folder is no Orgtrace store: it has no store.toml"), folder);
        return std::unexpected(text.error());
    }
    const auto table = parse(*text, path(folder));
    if (!table)
        return std::unexpected(table.error());
    StoreFile file;
    const auto format = (*table)["format"].value_exact<int64_t>(); // 1.0 and true are no formats
    if (!format || *format < 1)
        return Error::make(ErrorCode::NotAStore, QStringLiteral("the folder is no Orgtrace store: store.toml names no format"),
                           path(folder));
    if (*format > StoreFormat)
        return Error::make(
            ErrorCode::NewerFormat,
            QStringLiteral("the store has format %1, this program knows up to %2; use a newer Orgtrace").arg(*format).arg(StoreFormat),
            path(folder));
    file.format = static_cast<int>(*format);
    file.storeId = string(table->get("store_id"));
    file.writerId = string(table->get("writer_id"));
    file.keyFile = string(table->get("key_file"));
    if (file.writerId.isEmpty() || file.storeId.isEmpty())
        return Error::make(ErrorCode::NotAStore, QStringLiteral("store.toml names no writer_id or no store_id"), path(folder));
    if (!isShortLine(file.writerId, MaxId) || !isShortLine(file.storeId, MaxId) || !isShortLine(file.keyFile, MaxField))
        return Error::make(ErrorCode::BadInput, QStringLiteral("a store's ids and its key file's name are short single lines"),
                           path(folder));
    if (!QFileInfo(folder + QStringLiteral("/evidence.git")).isDir())
        return Error::make(ErrorCode::Integrity, QStringLiteral("the store's evidence is gone: store.toml is here, evidence.git is not"),
                           folder);
    return file;
}

Result<QList<OrganisationSettings>> organisations(const QString &storeFolder)
{
    const auto table = settingsTable(storeFolder);
    if (!table)
        return std::unexpected(table.error());
    QList<OrganisationSettings> out = listed(*table);
    // Also what a hand wrote: these names go into branch names, messages and keychain entries.
    for (const OrganisationSettings &organisation : std::as_const(out)) {
        if (const auto good = check(organisation); !good)
            return Error::make(ErrorCode::BadInput, good.error().detail, path(storeFolder) + QStringLiteral(": ") + good.error().where);
    }
    return out;
}

Result<QList<RemoteSettings>> remotes(const QString &storeFolder)
{
    const auto table = settingsTable(storeFolder);
    if (!table)
        return std::unexpected(table.error());
    return remotesIn(*table, path(storeFolder));
}

Result<void> addRemote(const QString &storeFolder, RemoteSettings remote)
{
    if (remote.url.startsWith(u'/'))
        remote.url = QUrl::fromLocalFile(remote.url).toString(QUrl::FullyEncoded);
    if (auto good = check(remote); !good)
        return good;
    if (const auto file = readStoreFile(storeFolder); !file)
        return std::unexpected(file.error());
    const File folder(fileLayer().open(QFile::encodeName(storeFolder).constData(), O_RDONLY | O_DIRECTORY, 0));
    if (!folder.isOpen() || ::flock(folder.fd(), LOCK_EX) != 0)
        return std::unexpected(systemError(QStringLiteral("cannot lock the settings"), storeFolder));
    const auto known = remotes(storeFolder);
    if (!known)
        return std::unexpected(known.error());
    if (auto elsewhere = checkPlaceOfRemote(storeFolder, remote); !elsewhere)
        return elsewhere;
    if (std::ranges::contains(*known, remote.name, &RemoteSettings::name))
        return Error::make(ErrorCode::BadInput, QStringLiteral("there is a remote of this name; change it in store.toml"), remote.name);
    const auto text = readWhole(path(storeFolder));
    if (!text)
        return std::unexpected(text.error());
    QByteArray out = *text;
    if (!out.isEmpty() && !out.endsWith('\n'))
        out += '\n';
    out += "\n[[remote]]\nname = " + tomlString(remote.name) + "\nurl = " + tomlString(remote.url) + '\n';
    const auto after = parse(out, path(storeFolder));
    const auto readBack = after ? remotesIn(*after, path(storeFolder)) : Result<QList<RemoteSettings>>();
    if (!after || !readBack || readBack->size() != known->size() + 1)
        return Error::make(ErrorCode::BadInput,
                           QStringLiteral("store.toml is written in a way that cannot be edited; write remotes as [[remote]] blocks"),
                           path(storeFolder));
    fileLayer().unlink(QFile::encodeName(path(storeFolder) + QStringLiteral(".tmp")).constData());
    return writeWhole(path(storeFolder), view(out));
}

Result<CaptureDefaults> captureDefaults(const QString &storeFolder)
{
    const auto table = settingsTable(storeFolder);
    if (!table)
        return std::unexpected(table.error());
    CaptureDefaults defaults;
    const toml::node *const node = table->get("capture");
    if (!node)
        return defaults;
    const toml::table *const capture = node->as_table();
    if (!capture)
        return Error::make(ErrorCode::BadInput, QStringLiteral("capture is a table: [capture]"), path(storeFolder));
    if (const toml::node *const proves = capture->get("prove_grants")) {
        if (!proves->is_boolean())
            return Error::make(ErrorCode::BadInput, QStringLiteral("prove_grants is true or false"),
                               QStringLiteral("%1:%2").arg(path(storeFolder)).arg(proves->source().begin.line));
        defaults.provesGrants = proves->as_boolean()->get();
    }
    return defaults;
}

Result<void> saveOrganisation(const QString &storeFolder, const OrganisationSettings &organisation)
{
    if (auto good = check(organisation); !good)
        return good;
    if (const auto file = readStoreFile(storeFolder); !file)
        return std::unexpected(file.error());
    // Held for a read and a write of one small file, so waiting is short; it dies with its process.
    const File folder(fileLayer().open(QFile::encodeName(storeFolder).constData(), O_RDONLY | O_DIRECTORY, 0));
    if (!folder.isOpen() || ::flock(folder.fd(), LOCK_EX) != 0)
        return std::unexpected(systemError(QStringLiteral("cannot lock the settings"), storeFolder));
    const auto text = readWhole(path(storeFolder));
    if (!text)
        return std::unexpected(text.error());
    const auto table = parse(*text, path(storeFolder));
    if (!table)
        return std::unexpected(table.error());

    QByteArray out;
    QList<OrganisationSettings> expected = listed(*table);
    const auto known = std::ranges::find(expected, organisation.name, &OrganisationSettings::name);
    if (known != expected.end()) {
        const toml::node *entry = (*table)["organisation"].as_array()->get(static_cast<size_t>(known - expected.begin()));
        out = edited(*text, *entry->as_table(), organisation);
        *known = organisation;
    } else {
        out = *text;
        if (!out.isEmpty() && !out.endsWith('\n'))
            out += '\n';
        out += "\n[[organisation]]\n";
        for (const Field &field : Fields) {
            if (!(organisation.*field.member).isEmpty())
                out += fieldLine(field, organisation);
        }
        expected += organisation;
    }
    // The edit must read back as meant; text written by hand in ways that it does not understand is refused, not mangled.
    const auto after = parse(out, path(storeFolder));
    const QList<OrganisationSettings> readBack = after ? listed(*after) : QList<OrganisationSettings>();
    if (!std::ranges::equal(readBack, expected, sameFields))
        return Error::make(ErrorCode::BadInput,
                           QStringLiteral("store.toml is written in a way that cannot be edited; write the organisation as a "
                                          "[[organisation]] block with one key a line"),
                           path(storeFolder));
    fileLayer().unlink(QFile::encodeName(path(storeFolder) + QStringLiteral(".tmp")).constData()); // of a run that was killed
    return writeWhole(path(storeFolder), view(out));
}

} // namespace Orgtrace::Evidence
