#include "support/scriptednetwork.h"

#include <QNetworkRequest>
#include <QSslError>

#include <algorithm>

using namespace Qt::StringLiterals;

namespace Orgtrace::Test {

namespace {
/// Answers one exchange through the event loop, in the order of signals a real reply has.
class ScriptedReply final : public QNetworkReply
{
    Q_OBJECT
public:
    ScriptedReply(const QNetworkRequest &request, QNetworkAccessManager::Operation operation, ScriptedExchange exchange,
                  std::function<void()> ended, QObject *parent) :
        QNetworkReply(parent), m_exchange(std::move(exchange)), m_ended(std::move(ended))
    {
        setRequest(request);
        setUrl(request.url());
        setOperation(operation);
        open(QIODevice::ReadOnly | QIODevice::Unbuffered);
        if (!m_exchange.hang) {
            QMetaObject::invokeMethod(this, &ScriptedReply::answer, Qt::QueuedConnection);
        }
    }

    void abort() override
    {
        if (isFinished()) {
            return;
        }
        m_body.clear();
        close();
        end(OperationCanceledError, QStringLiteral("aborted"));
    }
    [[nodiscard]] qint64 bytesAvailable() const override { return m_body.size() - m_read + QNetworkReply::bytesAvailable(); }
    [[nodiscard]] bool isSequential() const override { return true; }

protected:
    qint64 readData(char *data, qint64 maxSize) override
    {
        const qint64 size = std::min<qint64>(maxSize, m_body.size() - m_read);
        if (size <= 0) {
            return isFinished() ? -1 : 0;
        }
        std::copy_n(m_body.constData() + m_read, size, data);
        m_read += size;
        return size;
    }

private:
    void answer()
    {
        if (isFinished()) {
            return;
        }
        if (m_exchange.sslError) {
            Q_EMIT sslErrors({QSslError(QSslError::SelfSignedCertificate)});
            end(SslHandshakeFailedError, QStringLiteral("SSL handshake failed"));
            return;
        }
        if (m_exchange.status != 0) {
            setAttribute(QNetworkRequest::HttpStatusCodeAttribute, m_exchange.status);
            for (const auto &[name, value] : std::as_const(m_exchange.headers)) {
                setRawHeader(name, value);
            }
            Q_EMIT metaDataChanged();
            m_body = m_exchange.body;
            if (!m_body.isEmpty()) {
                Q_EMIT readyRead();
            }
            if (isFinished()) {
                return;
            }
        }
        NetworkError error = m_exchange.error;
        if (error == NoError && m_exchange.status >= 400) {
            switch (m_exchange.status) {
            case 401: error = AuthenticationRequiredError; break;
            case 403: error = ContentAccessDenied; break;
            case 404: error = ContentNotFoundError; break;
            default: error = m_exchange.status >= 500 ? InternalServerError : UnknownContentError; break;
            }
        }
        end(error, error == NoError ? QString() : QStringLiteral("scripted error %1").arg(static_cast<int>(error)));
    }
    void end(NetworkError error, const QString &text)
    {
        if (error != NoError) {
            setError(error, text);
            Q_EMIT errorOccurred(error);
        }
        setFinished(true);
        m_ended();
        Q_EMIT finished();
    }

    ScriptedExchange m_exchange;
    std::function<void()> m_ended;
    QByteArray m_body;
    qint64 m_read = 0;
};

QByteArray methodOf(QNetworkAccessManager::Operation operation, const QNetworkRequest &request)
{
    switch (operation) {
    case QNetworkAccessManager::GetOperation: return "GET";
    case QNetworkAccessManager::HeadOperation: return "HEAD";
    case QNetworkAccessManager::PostOperation: return "POST";
    case QNetworkAccessManager::PutOperation: return "PUT";
    case QNetworkAccessManager::DeleteOperation: return "DELETE";
    default: return request.attribute(QNetworkRequest::CustomVerbAttribute).toByteArray();
    }
}
} // namespace

ScriptedNetwork &ScriptedNetwork::expect(ScriptedExchange exchange)
{
    m_script.push_back(std::move(exchange));
    return *this;
}

ScriptedNetwork &ScriptedNetwork::get(const QString &url, const QByteArray &body, int status,
                                      QList<std::pair<QByteArray, QByteArray>> headers)
{
    ScriptedExchange exchange;
    exchange.url = url;
    exchange.body = body;
    exchange.status = status;
    exchange.headers = std::move(headers);
    return expect(std::move(exchange));
}

QStringList ScriptedNetwork::problems() const
{
    QStringList out = m_problems;
    for (const ScriptedExchange &left : m_script) {
        out.append(u"never asked: "_s + QString::fromLatin1(left.method) + u' ' + left.url);
    }
    return out;
}

QNetworkReply *ScriptedNetwork::createRequest(Operation operation, const QNetworkRequest &request, QIODevice *outgoing)
{
    const QByteArray method = methodOf(operation, request);
    const QString url = QString::fromLatin1(request.url().toEncoded());
    const QByteArray body = outgoing != nullptr ? outgoing->readAll() : QByteArray();
    const QString line = QString::fromLatin1(method) + u' ' + url;
    m_log.append(line);

    const auto fits = [&](const ScriptedExchange &exchange) { return exchange.method == method && exchange.url == url; };
    auto found = m_ordered ? (!m_script.empty() && fits(m_script.front()) ? m_script.begin() : m_script.end())
                           : std::ranges::find_if(m_script, fits);
    ScriptedExchange answer;
    if (found != m_script.end()) {
        answer = std::move(*found);
        m_script.erase(found);
        for (const auto &[name, value] : std::as_const(answer.expectHeaders)) {
            if (request.rawHeader(name) != value) {
                m_problems.append(line + u": header "_s + QString::fromLatin1(name) + u" is not as expected"_s);
            }
        }
        if (answer.expectBody && *answer.expectBody != body) {
            m_problems.append(line + u": body is "_s + QString::fromUtf8(body));
        }
    } else if (auto other = m_fallback ? m_fallback(method, request.url()) : std::nullopt) {
        answer = std::move(*other);
    } else {
        m_problems.append(u"not expected: "_s + line);
        answer.status = 418;
    }
    if (answer.before) {
        answer.before();
    }
    m_mostAtOnce = std::max(m_mostAtOnce, ++m_inFlight);
    return new ScriptedReply(request, operation, std::move(answer), [this] { --m_inFlight; }, this);
}

} // namespace Orgtrace::Test

#include "scriptednetwork.moc"
