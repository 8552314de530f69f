#pragma once

#include <QByteArray>
#include <QList>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QStringList>

#include <deque>
#include <functional>
#include <optional>

namespace Orgtrace::Test {

/// One exchange that is expected on the wire, and its answer.
struct ScriptedExchange {
    // What must come.
    QByteArray method = "GET";
    QString url; ///< whole, encoded, with query
    QList<std::pair<QByteArray, QByteArray>> expectHeaders;
    std::optional<QByteArray> expectBody;

    // What is answered.
    int status = 200; ///< 0: no HTTP answer, only `error`
    QList<std::pair<QByteArray, QByteArray>> headers;
    QByteArray body;
    QNetworkReply::NetworkError error = QNetworkReply::NoError; ///< with a status: the connection breaks after the body
    bool sslError = false; ///< a certificate nobody trusts
    bool hang = false; ///< never answers; ends by abort() only
    std::function<void()> before; ///< called when the request arrives, e.g. to cancel or to move the clock
};

/// A network without sockets: answers from a script, checks every request against it, and knows what was left or came unexpected.
///
/// Exchanges are matched by method and URL, the earliest unused first, so that requests in flight at once may come in any order; with
/// setOrdered(true) the script's order must be kept. A mismatch is answered with status 418 and listed in problems().
/// Thread: the creator's.
class ScriptedNetwork final : public QNetworkAccessManager
{
    Q_OBJECT
public:
    using QNetworkAccessManager::QNetworkAccessManager;

    ScriptedNetwork &expect(ScriptedExchange exchange);
    ScriptedNetwork &get(const QString &url, const QByteArray &body, int status = 200,
                         QList<std::pair<QByteArray, QByteArray>> headers = {});
    void setOrdered(bool ordered) { m_ordered = ordered; }
    /// A request is answered from here where the script has nothing for it; return nullopt to call it unexpected.
    void setFallback(std::function<std::optional<ScriptedExchange>(const QByteArray &method, const QUrl &url)> fallback)
    {
        m_fallback = std::move(fallback);
    }

    /// Everything that went wrong, one sentence each; exchanges not used are among it. Empty: the script was kept exactly.
    [[nodiscard]] QStringList problems() const;
    [[nodiscard]] const QStringList &log() const { return m_log; } ///< "GET http://…", in order of arrival
    [[nodiscard]] qsizetype mostAtOnce() const { return m_mostAtOnce; } ///< requests in flight at the same time

protected:
    QNetworkReply *createRequest(Operation operation, const QNetworkRequest &request, QIODevice *outgoing) override;

private:
    std::deque<ScriptedExchange> m_script;
    std::function<std::optional<ScriptedExchange>(const QByteArray &, const QUrl &)> m_fallback;
    QStringList m_problems, m_log;
    bool m_ordered = false;
    qsizetype m_inFlight = 0, m_mostAtOnce = 0;
};

} // namespace Orgtrace::Test
