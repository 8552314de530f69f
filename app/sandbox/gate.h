#pragma once

#include "sandbox/http.h"

#include <QAbstractHttpServer>
#include <QHttpServerResponder>
#include <QPointer>
#include <QTcpServer>
#include <QTcpSocket>

#include <functional>
#include <memory>
#include <vector>

class QWebSocket;

namespace Orgtrace::Sandbox {

/// What is sent, and how honestly.
struct Delivery {
    enum class Manner { Plain, Truncated, WrongLength, Drip, Never, Reset } manner = Manner::Plain;
    Answer answer;
    int dripMs = 50; ///< between two bytes
};

/// Listens on loopback only and remembers its sockets by the peer's port, so that a scripted failure can misbehave below HTTP.
class LoopbackListener final : public QTcpServer
{
    Q_OBJECT
public:
    using QTcpServer::QTcpServer;
    [[nodiscard]] QTcpSocket *socketOf(quint16 peerPort) const { return m_sockets.value(peerPort); }

protected:
    void incomingConnection(qintptr descriptor) override;

private:
    QHash<quint16, QPointer<QTcpSocket>> m_sockets;
};

/// Turns HTTP requests into plain values and answers back into HTTP.
class Gate final : public QAbstractHttpServer
{
    Q_OBJECT
public:
    using Handler = std::function<Delivery(const Request &request)>;
    explicit Gate(Handler handler, QObject *parent = nullptr);
    ~Gate() override;
    /// Who may open a WebSocket, by its path, and who gets it.
    void setSockets(std::function<bool(const QString &path)> mayConnect,
                    std::function<void(const QString &path, std::unique_ptr<QWebSocket> socket)> connected);
    [[nodiscard]] bool listen(quint16 port, QString *why); ///< 127.0.0.1
    [[nodiscard]] quint16 port() const;

protected:
    bool handleRequest(const QHttpServerRequest &request, QHttpServerResponder &responder) override;
    void missingHandler(const QHttpServerRequest &request, QHttpServerResponder &responder) override;

private:
    Handler m_handler;
    LoopbackListener *m_listener = nullptr; ///< owned by the server base once bound
    std::vector<QHttpServerResponder> m_unanswered; ///< of hung and broken connections: dropping one would answer it
};

} // namespace Orgtrace::Sandbox
