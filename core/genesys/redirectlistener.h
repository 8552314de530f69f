#pragma once

#include "base/cancellation.h"
#include "base/error.h"
#include "credentials/secret.h"

#include <QCoroTask>
#include <QObject>
#include <QPromise>
#include <QTcpServer>

#include <chrono>
#include <memory>

class QTcpSocket;

namespace Orgtrace::Genesys {

/// What one request to the listener means. Pure, so that it can be attacked without sockets.
struct RedirectVerdict {
    int status = 400;
    QString title, text; ///< for the person in the browser; not yet escaped
    QString refused; ///< it looked like an answer and was none of ours: why
    bool isAnswer = false; ///< ends the waiting, with `code` or `error`
    Credentials::Secret code;
    Error error;
};
/// @param head of the request, to the blank line. Errors of the answer: SignInRefused, BadResponse.
[[nodiscard]] RedirectVerdict judgeRedirect(const QByteArray &head, const QByteArray &state, quint16 port);

/// The page a browser gets: no script, nothing loaded, the words escaped.
[[nodiscard]] QByteArray redirectPage(const RedirectVerdict &verdict);

/// Waits on loopback for the one redirect that carries our `state` (API section 1.3), then listens no more.
///
/// Everything else is turned away and changes nothing: other methods, paths and hosts (a page that resolves its own name to this machine), answers
/// with another state or none, second answers. A request is at most 16 KB and 10 s, at most eight are open (the oldest goes), and after sixteen refused
/// answers the waiting ends. Nothing of a request is logged.
/// Thread: the creator's. Delete it later, never from a slot of its own.
/// Errors: BadInput (port taken or not allowed), TimedOut, Cancelled, SignInRefused, BadResponse.
class RedirectListener final : public QObject
{
    Q_OBJECT
public:
    explicit RedirectListener(QByteArray state, QObject *parent = nullptr);
    ~RedirectListener() override;

    /// 127.0.0.1 and, where this machine has it, ::1, as browsers try both for "localhost". 0: any free port.
    [[nodiscard]] Result<void> listen(quint16 port);
    [[nodiscard]] quint16 port() const { return m_port; } ///< also after it has closed
    [[nodiscard]] bool isListening() const { return m_v4.isListening() || m_v6.isListening(); }
    /// The code. The time-out is the event loop's, not the Clock's: it decides nothing but that nobody answers.
    [[nodiscard]] QCoro::Task<Result<Credentials::Secret>> answer(std::chrono::milliseconds timeout, CancellationToken cancel);

Q_SIGNALS:
    void refused(const QString &why); ///< an answer that was not ours was turned away

private:
    void connected(QTcpServer &server);
    void read(QTcpSocket *socket, QByteArray &head);
    void reply(QTcpSocket *socket, const RedirectVerdict &verdict);
    void end(Result<Credentials::Secret> outcome);

    const QByteArray m_state;
    QTcpServer m_v4, m_v6;
    quint16 m_port = 0;
    QList<QTcpSocket *> m_open; ///< oldest first
    QPromise<void> m_ended;
    bool m_hasEnded = false;
    int m_refusals = 0;
    QString m_lastRefusal;
    Result<Credentials::Secret> m_outcome;
};

} // namespace Orgtrace::Genesys
