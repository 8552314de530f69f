#include "sandbox/gate.h"

#include <QHttpHeaders>
#include <QHttpServerRequest>
#include <QMetaEnum>
#include <QTimer>
#include <QWebSocket>

using namespace Qt::StringLiterals;

namespace Orgtrace::Sandbox {
namespace {

QByteArray methodName(QHttpServerRequest::Method method)
{
    switch (method) {
    case QHttpServerRequest::Method::Get: return "GET";
    case QHttpServerRequest::Method::Put: return "PUT";
    case QHttpServerRequest::Method::Delete: return "DELETE";
    case QHttpServerRequest::Method::Post: return "POST";
    case QHttpServerRequest::Method::Head: return "HEAD";
    case QHttpServerRequest::Method::Options: return "OPTIONS";
    case QHttpServerRequest::Method::Patch: return "PATCH";
    case QHttpServerRequest::Method::Connect: return "CONNECT";
    case QHttpServerRequest::Method::Trace: return "TRACE";
    default: return "UNKNOWN";
    }
}

QByteArray headOf(const Answer &answer, qsizetype length)
{
    QByteArray head
        = "HTTP/1.1 200 OK\r\nContent-Type: " + answer.contentType + "\r\nContent-Length: " + QByteArray::number(length) + "\r\n";
    for (const auto &[name, value] : answer.headers)
        head += name + ": " + value + "\r\n";
    return head + "\r\n";
}

/// One byte after the other, until all are sent or the other side has enough.
void drip(QTcpSocket *socket, const QByteArray &body, int ms)
{
    auto *timer = new QTimer(socket);
    QObject::connect(timer, &QTimer::timeout, socket, [socket, timer, body, at = qsizetype(0)]() mutable {
        if (at < body.size() && socket->state() == QAbstractSocket::ConnectedState) {
            socket->write(body.constData() + at++, 1);
            return;
        }
        timer->stop();
        socket->disconnectFromHost();
    });
    timer->start(ms);
}

} // namespace

void LoopbackListener::incomingConnection(qintptr descriptor)
{
    auto *socket = new QTcpSocket(this);
    if (!socket->setSocketDescriptor(descriptor)) {
        delete socket;
        return;
    }
    socket->setSocketOption(QAbstractSocket::LowDelayOption,
                            1); // head and body are two writes: without it each reply waits 40 ms for an ACK
    const quint16 port = socket->peerPort();
    m_sockets.insert(port, socket);
    connect(socket, &QObject::destroyed, this, [this, port] {
        if (!m_sockets.value(port)) // the port may belong to a newer connection by now
            m_sockets.remove(port);
    });
    addPendingConnection(socket);
}

Gate::Gate(Handler handler, QObject *parent) : QAbstractHttpServer(parent), m_handler(std::move(handler)) { }

Gate::~Gate() = default;

void Gate::setSockets(std::function<bool(const QString &)> mayConnect,
                      std::function<void(const QString &, std::unique_ptr<QWebSocket>)> connected)
{
    addWebSocketUpgradeVerifier(this, [mayConnect](const QHttpServerRequest &request) {
        return mayConnect(request.url().path()) ? QHttpServerWebSocketUpgradeResponse::accept()
                                                : QHttpServerWebSocketUpgradeResponse::deny(404, QByteArrayLiteral("no such channel"));
    });
    connect(this, &QAbstractHttpServer::newWebSocketConnection, this, [this, connected] {
        while (hasPendingWebSocketConnections()) {
            std::unique_ptr<QWebSocket> socket = nextPendingWebSocketConnection();
            const QString path = socket->requestUrl().path();
            connected(path, std::move(socket));
        }
    });
}

bool Gate::listen(quint16 port, QString *why)
{
    auto listener = std::make_unique<LoopbackListener>();
    if (!listener->listen(QHostAddress::LocalHost, port)) {
        *why = listener->errorString();
        return false;
    }
    if (!bind(listener.get())) {
        *why = u"The HTTP server could not take the socket."_s;
        return false;
    }
    m_listener = listener.release(); // bind() made it our child
    return true;
}

quint16 Gate::port() const
{
    return m_listener ? m_listener->serverPort() : 0;
}

bool Gate::handleRequest(const QHttpServerRequest &request, QHttpServerResponder &responder)
{
    Request plain;
    plain.method = methodName(request.method());
    const QUrl url = request.url();
    plain.path = url.path(QUrl::FullyEncoded).toLatin1();
    plain.query = QUrlQuery(url.query(QUrl::FullyEncoded));
    const QHttpHeaders &headers = request.headers();
    plain.authorization = headers.value(QHttpHeaders::WellKnownHeader::Authorization).toByteArray();
    plain.contentType = headers.value(QHttpHeaders::WellKnownHeader::ContentType).toByteArray();
    plain.body = request.body();
    const Delivery delivery = m_handler(plain);
    const Answer &answer = delivery.answer;
    QTcpSocket *socket = m_listener->socketOf(request.remotePort());

    if (delivery.manner == Delivery::Manner::Plain || !socket) {
        QHttpHeaders out;
        for (const auto &[name, value] : answer.headers)
            out.append(name, value);
        const auto status = static_cast<QHttpServerResponder::StatusCode>(answer.status);
        if (plain.method == "HEAD") {
            responder.write(out, status);
        } else {
            out.append(QHttpHeaders::WellKnownHeader::ContentType, answer.contentType);
            responder.write(answer.body, out, status);
        }
        return true;
    }
    m_unanswered.push_back(std::move(responder));
    switch (delivery.manner) {
    case Delivery::Manner::Truncated:
        socket->write(headOf(answer, answer.body.size()) + answer.body.left(answer.body.size() / 2));
        socket->disconnectFromHost(); // after what is written
        break;
    case Delivery::Manner::WrongLength:
        socket->write(headOf(answer, answer.body.size() / 2) + answer.body);
        socket->disconnectFromHost();
        break;
    case Delivery::Manner::Drip:
        socket->write(headOf(answer, answer.body.size()));
        drip(socket, answer.body, delivery.dripMs);
        break;
    case Delivery::Manner::Reset: socket->abort(); break;
    default: break; // never answered: the connection stays open until the other side has enough
    }
    return true;
}

void Gate::missingHandler(const QHttpServerRequest &request, QHttpServerResponder &responder)
{
    Q_UNUSED(request)
    responder.write(QHttpServerResponder::StatusCode::NotFound); // handleRequest takes every request
}

} // namespace Orgtrace::Sandbox
