#include "orgtracectl/output.h"

#include <cstdio>
#include <unistd.h>

using namespace Qt::StringLiterals;

namespace Orgtrace::Ctl {

namespace {
void write(FILE *stream, const QByteArray &bytes)
{
    std::fwrite(bytes.constData(), 1, static_cast<size_t>(bytes.size()), stream);
}
} // namespace

namespace {

/// What happened, in the command line's own words; empty where the detail says it all.
QString whatHappened(ErrorCode code)
{
    switch (code) {
    case ErrorCode::WrongSecret: return u"the client id or its secret is wrong"_s;
    case ErrorCode::WrongRegion: return u"no such region, or the client is not known there"_s;
    case ErrorCode::IpNotAllowed: return u"this machine's address is outside the organisation's allowlist"_s;
    case ErrorCode::SignInRefused: return u"the sign-in in the browser was refused"_s;
    case ErrorCode::NeedsPerson: return u"a person has to sign in for this"_s;
    case ErrorCode::Unauthorised: return u"the platform refuses the token although it was renewed"_s;
    case ErrorCode::Forbidden: return u"a permission is missing"_s;
    case ErrorCode::Unreachable: return u"the platform cannot be reached"_s;
    case ErrorCode::TlsFailed: return u"the platform's identity cannot be proven (TLS)"_s;
    case ErrorCode::TimedOut: return u"the platform did not answer in time"_s;
    case ErrorCode::Throttled: return u"the platform's rate limit held us off too long"_s;
    case ErrorCode::ServerFailed: return u"the platform failed again and again"_s;
    case ErrorCode::RedirectRefused: return u"a redirect to another place was refused"_s;
    case ErrorCode::BadResponse: return u"the platform's answer cannot be used"_s;
    case ErrorCode::DiskFull: return u"the disk is full; the store is as it was"_s;
    case ErrorCode::Cancelled: return u"cancelled; the store is as it was"_s;
    default: return {};
    }
}

} // namespace

Output::Output(bool json) : m_json(json) { }

bool Output::isTerminal(int fd)
{
    return ::isatty(fd) == 1;
}

/// What a terminal obeys or what turns text about: C1 controls, direction marks, line and paragraph separators.
static bool isTreacherous(char16_t u)
{
    return (u >= 0x80 && u < 0xa0) || u == 0x061c || u == 0x200e || u == 0x200f || (u >= 0x202a && u <= 0x202e)
        || (u >= 0x2066 && u <= 0x2069) || u == 0x2028 || u == 0x2029 || u == 0xfeff;
}

QString safe(const QString &text)
{
    QString out;
    out.reserve(text.size());
    for (const QChar c : text) {
        const char16_t u = c.unicode();
        if (u == u'\t') {
            out += u"    "_s;
        } else if (u < 0x20 && u != u'\n') { // line ends are our own; a name is passed through oneLine() first
            out += QChar(char16_t(0x2400 + u));
        } else if (u == 0x7f) {
            out += QChar(char16_t(0x2421));
        } else if (isTreacherous(u)) {
            out += u"<U+%1>"_s.arg(uint(u), 4, 16, QChar(u'0')).toUpper();
        } else {
            out += c;
        }
    }
    return out;
}

QByteArray safeJson(const QByteArray &json)
{
    static constexpr char digits[] = "0123456789abcdef";
    QByteArray out;
    qsizetype from = 0; // not yet copied
    for (qsizetype at = 0; at < json.size(); ++at) {
        const auto byte = [&](qsizetype ahead) { return at + ahead < json.size() ? static_cast<unsigned char>(json[at + ahead]) : 0U; };
        unsigned unit = 0;
        qsizetype length = 1;
        if (byte(0) == 0x7f) {
            unit = 0x7f;
        } else if ((byte(0) & 0xe0) == 0xc0) {
            unit = (byte(0) & 0x1fU) << 6 | (byte(1) & 0x3fU);
            length = 2;
        } else if ((byte(0) & 0xf0) == 0xe0) {
            unit = (byte(0) & 0x0fU) << 12 | (byte(1) & 0x3fU) << 6 | (byte(2) & 0x3fU);
            length = 3;
        }
        if (unit != 0x7f && !isTreacherous(static_cast<char16_t>(unit))) {
            continue;
        }
        out.append(json.constData() + from, at - from);
        out += "\\u";
        for (int shift = 12; shift >= 0; shift -= 4) {
            out += digits[(unit >> shift) & 15U];
        }
        at += length - 1;
        from = at + 1;
    }
    return from == 0 ? json : out.append(json.constData() + from, json.size() - from);
}

/// A line end in a captured name would forge a line of ours.
static QByteArray safeLine(const QString &text)
{
    QString line = safe(text);
    line.replace(u'\n', QChar(u'␤'));
    return line.toUtf8() + '\n';
}

void Output::line(const QString &text) const
{
    write(stdout, safeLine(text));
}

void Output::text(const QString &text) const
{
    write(stdout, safe(text).toUtf8() + '\n');
}

void Output::raw(const QByteArray &bytes) const
{
    write(stdout, bytes);
}

void Output::document(const Json::Node &node) const
{
    write(stdout, safeJson(node.canonicalText()));
}

void Output::note(const QString &text) const
{
    if (!m_json) {
        write(stderr, safeLine(text));
    }
}

void Output::progress(const QString &text) const
{
    if (!m_json && isTerminal(STDERR_FILENO)) {
        QString line = safe(text).left(200);
        line.replace(u'\n', QChar(u'␤'));
        write(stderr, "\r\x1b[2K" + line.toUtf8());
        std::fflush(stderr);
    }
}

void Output::endProgress() const
{
    if (!m_json && isTerminal(STDERR_FILENO)) {
        write(stderr, "\r\x1b[2K");
        std::fflush(stderr);
    }
}

void Output::signIn(const QUrl &page) const
{
    endProgress();
    const QString address = QString::fromLatin1(page.toEncoded());
    if (m_json) {
        Json::Node node;
        node["signIn"]["url"] = address;
        write(stderr, node.compactText() + '\n');
    } else {
        write(stderr, safe(u"To sign in, open this address in a browser on this machine:\n  "_s + address).toUtf8() + '\n');
    }
    std::fflush(stderr);
}

void Output::warning(const QString &text) const
{
    endProgress();
    if (m_json) {
        Json::Node node;
        node["warning"]["message"] = text;
        write(stderr, node.compactText() + '\n');
    } else {
        write(stderr, safeLine(u"orgtracectl: "_s + text));
    }
}

int Output::fail(const Error &error) const
{
    return fail(error, whatHappened(error.code));
}

int Output::failElsewhere(const Error &error) const
{
    return fail(error, {});
}

int Output::fail(const Error &error, const QString &what) const
{
    endProgress();
    if (m_json) {
        Json::Node node;
        node["error"]["code"] = errorCodeName(error.code);
        node["error"]["message"] = error.detail;
        node["error"]["where"] = error.where;
        write(stderr, QByteArray(safeJson(node.compactText()) + '\n'));
    } else {
        QString sentence = u"orgtracectl: "_s
            + (what.isEmpty()               ? error.detail
                   : error.detail.isEmpty() ? what
                                            : what + u": "_s + error.detail);
        if (!error.where.isEmpty() && !error.detail.contains(error.where)) {
            sentence += u" ("_s + error.where + u')';
        }
        sentence.replace(u'\n', u' ');
        write(stderr, safe(sentence).toUtf8() + '\n');
    }
    return exitStatus(error.code);
}

} // namespace Orgtrace::Ctl
