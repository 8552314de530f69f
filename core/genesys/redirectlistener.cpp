#include "genesys/redirectlistener.h"

#include <QCoroFuture>
#include <QTcpSocket>
#include <QTimer>

#include <array>

using namespace Qt::StringLiterals;

namespace Orgtrace::Genesys {

namespace {
constexpr qsizetype MaxHead = 16'384;
constexpr qsizetype MaxOpen = 8;
constexpr int MaxRefusals = 16;
constexpr std::chrono::seconds RequestTime{10};
constexpr int TriesForAnyPort = 8;

struct Parameters {
    std::array<std::optional<QByteArray>, 4> values; ///< code, state, error, error_description
    bool isRepeated = false; ///< one of them twice: whoever reads the other one is deceived
    [[nodiscard]] const std::optional<QByteArray> &code() const { return values[0]; }
    [[nodiscard]] const std::optional<QByteArray> &state() const { return values[1]; }
    [[nodiscard]] const std::optional<QByteArray> &error() const { return values[2]; }
    [[nodiscard]] const std::optional<QByteArray> &description() const { return values[3]; }
};

Parameters parameters(const QByteArray &query)
{
    constexpr std::array<QByteArrayView, 4> names{"code", "state", "error", "error_description"};
    Parameters out;
    const QByteArrayList pairs = query.split('&');
    for (const QByteArray &pair : pairs) {
        const qsizetype equals = pair.indexOf('=');
        const QByteArray name = equals < 0 ? pair : pair.left(equals);
        for (size_t i = 0; i < names.size(); ++i) {
            if (name != names[i]) {
                continue;
            }
            out.isRepeated = out.isRepeated || out.values[i].has_value();
            out.values[i] = QByteArray::fromPercentEncoding(equals < 0 ? QByteArray() : pair.mid(equals + 1));
        }
    }
    return out;
}

/// Takes as long for a near miss as for a far one.
bool isSame(const QByteArray &left, const QByteArray &right)
{
    if (left.size() != right.size()) {
        return false;
    }
    unsigned difference = 0;
    for (qsizetype i = 0; i < left.size(); ++i) {
        difference |= static_cast<unsigned char>(left[i]) ^ static_cast<unsigned char>(right[i]);
    }
    return difference == 0;
}

bool isCode(const QByteArray &code)
{
    return !code.isEmpty() && code.size() <= 4096 && std::ranges::all_of(code, [](char c) { return c > ' ' && c < 0x7f; });
}

/// Somebody else's words on one short line; '+' stands for a space in them.
QString words(QByteArray text, qsizetype limit)
{
    QString out = QString::fromUtf8(text.left(4 * limit).replace('+', ' '));
    for (QChar &c : out) {
        if (!c.isPrint()) {
            c = u' ';
        }
    }
    return out.simplified().left(limit);
}

QByteArray headerValue(const QByteArray &head, QByteArrayView name)
{
    const QByteArrayList lines = head.split('\n');
    for (const QByteArray &line : lines) {
        const qsizetype colon = line.indexOf(':');
        if (colon > 0 && line.left(colon).trimmed().compare(name, Qt::CaseInsensitive) == 0) {
            return line.mid(colon + 1).trimmed();
        }
    }
    return {};
}

RedirectVerdict turnedAway(int status, const QString &title, const QString &text, const QString &refused = {})
{
    RedirectVerdict verdict;
    verdict.status = status;
    verdict.title = title;
    verdict.text = text;
    verdict.refused = refused;
    return verdict;
}

RedirectVerdict failed(Error error, const QString &text)
{
    RedirectVerdict verdict;
    verdict.status = 200;
    verdict.title = u"Not signed in"_s;
    verdict.text = text;
    verdict.isAnswer = true;
    verdict.error = std::move(error);
    return verdict;
}

const char *reasonPhrase(int status)
{
    switch (status) {
    case 200: return "OK";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 410: return "Gone";
    case 431: return "Request Header Fields Too Large";
    default: return "Bad Request";
    }
}
} // namespace

RedirectVerdict judgeRedirect(const QByteArray &head, const QByteArray &state, quint16 port)
{
    const QByteArrayList line = head.left(std::max<qsizetype>(head.indexOf('\r'), 0)).split(' ');
    if (line.size() != 3 || !line[2].startsWith("HTTP/1.") || !line[1].startsWith('/')) {
        return turnedAway(400, u"Not understood"_s, u"This was not a request that Orgtrace understands."_s);
    }
    if (line[0] != "GET") {
        return turnedAway(405, u"Not offered"_s, u"Orgtrace only waits for a sign-in here."_s);
    }
    const QByteArray number = QByteArray::number(port);
    const QByteArray host = headerValue(head, "host").toLower();
    if (host != "localhost:" + number && host != "127.0.0.1:" + number && host != "[::1]:" + number) {
        return turnedAway(400, u"Wrong address"_s, u"Orgtrace only waits for a sign-in here, at localhost."_s);
    }
    const qsizetype mark = line[1].indexOf('?');
    if ((mark < 0 ? line[1] : line[1].left(mark)) != "/") {
        return turnedAway(404, u"Nothing here"_s, u"Orgtrace only waits for a sign-in here."_s);
    }
    const Parameters given = parameters(mark < 0 ? QByteArray() : line[1].mid(mark + 1));
    if (!given.code() && !given.error() && !given.state()) {
        return turnedAway(400, u"Nothing to do"_s, u"Orgtrace waits for the sign-in page to lead back here."_s);
    }
    const QString again = u"Go back to Orgtrace and finish the sign-in it asked for, in the page that it opened."_s;
    if (given.isRepeated) {
        return turnedAway(400, u"Not our sign-in"_s, again, u"an answer that says something twice"_s);
    }
    if (given.error() && !given.state()) {
        // Services differ in whether an error carries the state. It may end the waiting, for that is no gain to anybody; but its words are not trusted.
        return failed(
            {ErrorCode::SignInRefused, u"the sign-in page led back with an error, and without the state that would prove it ours"_s, {}},
            u"The sign-in page reported an error. Close this page and start again in Orgtrace."_s);
    }
    if (!given.state() || !isSame(*given.state(), state)) {
        return turnedAway(400, u"Not our sign-in"_s, again,
                          given.state() ? u"an answer with the wrong state: of an older sign-in, or forged"_s
                                        : u"an answer without state: forged, or of another program"_s);
    }
    if (given.error()) {
        const QString name = words(*given.error(), 60);
        const QString description = given.description() ? words(*given.description(), 300) : QString();
        const QString text = description.isEmpty() ? name : QString(name + u": "_s + description);
        return failed({ErrorCode::SignInRefused, u"the sign-in service answered: "_s + text, {}},
                      u"The sign-in service answered: %1. You may close this page; Orgtrace says what to do."_s.arg(text));
    }
    if (!given.code() || !isCode(*given.code())) {
        return failed({ErrorCode::BadResponse, u"the sign-in page led back without a usable code"_s, {}},
                      u"The sign-in page led back without a usable code. Close this page and start again in Orgtrace."_s);
    }
    RedirectVerdict verdict;
    verdict.status = 200;
    verdict.title = u"Signed in"_s;
    verdict.text = u"Orgtrace has the answer. You may close this page and go back to Orgtrace."_s;
    verdict.isAnswer = true;
    QByteArray copy = *given.code();
    verdict.code = Credentials::Secret::take(copy);
    return verdict;
}

QByteArray redirectPage(const RedirectVerdict &verdict)
{
    const QByteArray body = "<!DOCTYPE html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>"
        + verdict.title.toHtmlEscaped().toUtf8()
        + " - Orgtrace</title><style>body{font:16px/1.5 system-ui,sans-serif;max-width:34em;margin:15vh auto;padding:0 1em;"
          "color-scheme:light dark}</style></head><body><h1>"
        + verdict.title.toHtmlEscaped().toUtf8() + "</h1><p>" + verdict.text.toHtmlEscaped().toUtf8() + "</p></body></html>\n";
    QByteArray out = "HTTP/1.1 " + QByteArray::number(verdict.status) + ' ' + reasonPhrase(verdict.status) + "\r\n";
    if (verdict.status == 405) {
        out += "Allow: GET\r\n";
    }
    return out + "Content-Type: text/html; charset=utf-8\r\nContent-Length: " + QByteArray::number(body.size())
        + "\r\nContent-Security-Policy: default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'\r\n"
          "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n"
        + body;
}

RedirectListener::RedirectListener(QByteArray state, QObject *parent) :
    QObject(parent), m_state(std::move(state)), m_outcome(Error::make(ErrorCode::Internal, u"no answer"_s))
{
    m_ended.start();
    for (QTcpServer *server : {&m_v4, &m_v6}) {
        server->setMaxPendingConnections(MaxOpen);
        connect(server, &QTcpServer::newConnection, this, [this, server] { connected(*server); });
    }
}

RedirectListener::~RedirectListener() = default;

Result<void> RedirectListener::listen(quint16 port)
{
    for (int attempt = 0;; ++attempt) {
        bool isTaken = false;
        if (m_v4.listen(QHostAddress::LocalHost, port)) {
            m_port = m_v4.serverPort();
            if (m_v6.listen(QHostAddress::LocalHostIPv6, m_port)) {
                return {};
            }
            // A machine without IPv6 has nobody else there either. A neighbour at that address would be handed our redirect.
            isTaken = m_v6.serverError() == QAbstractSocket::AddressInUseError;
            if (!isTaken) {
                return {};
            }
        } else {
            isTaken = m_v4.serverError() == QAbstractSocket::AddressInUseError;
        }
        const QString why = m_v4.isListening() ? m_v6.errorString() : m_v4.errorString();
        m_v4.close();
        if (port == 0 && isTaken && attempt < TriesForAnyPort) {
            continue;
        }
        return Error::make(
            ErrorCode::BadInput,
            isTaken ? u"port %1 of this machine, where the sign-in page is to lead back to, is taken by another program: end that, or "
                      u"register http://localhost:N/ with the OAuth client for another port N and set it with --redirect-port N"_s.arg(port)
                    : u"cannot listen on port %1 of this machine: %2"_s.arg(port).arg(why),
            u"http://localhost:%1/"_s.arg(port));
    }
}

void RedirectListener::connected(QTcpServer &server)
{
    while (QTcpSocket *socket = server.nextPendingConnection()) {
        socket->setParent(this);
        m_open.append(socket);
        if (m_open.size() > MaxOpen) {
            m_open.first()->abort(); // it is removed when it says so
        }
        socket->setReadBufferSize(MaxHead + 1);
        connect(socket, &QTcpSocket::disconnected, this, [this, socket] {
            m_open.removeOne(socket);
            socket->deleteLater();
        });
        auto *const clock = new QTimer(socket); // for the whole request: a byte now and then does not prolong it
        clock->setSingleShot(true);
        connect(clock, &QTimer::timeout, socket, &QTcpSocket::abort);
        clock->start(RequestTime);
        connect(socket, &QTcpSocket::readyRead, this, [this, socket, head = QByteArray()]() mutable { read(socket, head); });
        if (socket->bytesAvailable() > 0) {
            QMetaObject::invokeMethod(socket, &QTcpSocket::readyRead, Qt::QueuedConnection);
        }
    }
}

void RedirectListener::read(QTcpSocket *socket, QByteArray &head)
{
    if (socket->property("isAnswered").toBool()) {
        socket->skip(socket->bytesAvailable());
        return;
    }
    head += socket->read(MaxHead + 1 - head.size());
    const qsizetype blank = head.indexOf("\r\n\r\n");
    if (blank < 0 && head.size() <= MaxHead) {
        return;
    }
    if (blank < 0) {
        reply(socket, turnedAway(431, u"Too long"_s, u"This request is longer than any sign-in."_s));
        return;
    }
    RedirectVerdict verdict = judgeRedirect(head.left(blank + 2), m_state, m_port);
    head.fill('\0'); // it may hold the code
    head.clear();
    if (m_hasEnded && (verdict.isAnswer || !verdict.refused.isEmpty())) {
        verdict = turnedAway(410, u"Answered already"_s, u"This sign-in was answered already. You may close this page."_s);
    }
    reply(socket, verdict);
    if (verdict.isAnswer) {
        end(verdict.code.isEmpty() ? Result<Credentials::Secret>(std::unexpected(verdict.error))
                                   : Result<Credentials::Secret>(verdict.code));
        return;
    }
    if (!verdict.refused.isEmpty()) {
        m_lastRefusal = verdict.refused;
        Q_EMIT refused(verdict.refused);
        if (++m_refusals >= MaxRefusals) {
            end(Error::make(ErrorCode::SignInRefused, u"%1 answers were not ours, the last one %2"_s.arg(m_refusals).arg(m_lastRefusal)));
        }
    }
}

void RedirectListener::reply(QTcpSocket *socket, const RedirectVerdict &verdict)
{
    socket->setProperty("isAnswered", true);
    socket->write(redirectPage(verdict));
    socket->flush(); // the listener may go as soon as the answer is known
    socket->disconnectFromHost(); // after what is written
}

void RedirectListener::end(Result<Credentials::Secret> outcome)
{
    if (m_hasEnded) {
        return;
    }
    m_hasEnded = true;
    m_outcome = std::move(outcome);
    m_v4.close();
    m_v6.close();
    m_ended.finish();
}

QCoro::Task<Result<Credentials::Secret>> RedirectListener::answer(std::chrono::milliseconds timeout, CancellationToken cancel)
{
    cancel.onCancelled(this, [this] { end(Error::make(ErrorCode::Cancelled, u"Cancelled."_s)); });
    QTimer::singleShot(timeout, this, [this, timeout] {
        QString text = u"nobody finished the sign-in in the browser within %1 minutes"_s.arg(
            std::max<qint64>(1, std::chrono::duration_cast<std::chrono::minutes>(timeout).count()));
        if (!m_lastRefusal.isEmpty()) {
            text += u"; turned away: "_s + m_lastRefusal;
        }
        end(Error::make(ErrorCode::TimedOut, text));
    });
    const QFuture<void> ended = m_ended.future();
    co_await ended;
    co_return m_outcome;
}

} // namespace Orgtrace::Genesys
