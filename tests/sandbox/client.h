#pragma once

#include "json/value.h"

#include <QHash>
#include <QNetworkAccessManager>
#include <QNetworkReply>

#include <memory>

/// A plain HTTP client of the tests: nothing of ours between it and the sandbox. Waits in a local event loop, as only tests may.
class Client
{
public:
    struct Reply {
        int status = 0; ///< 0: no HTTP answer
        QNetworkReply::NetworkError error = QNetworkReply::NoError;
        QByteArray body;
        QHash<QByteArray, QByteArray> headers; ///< names in lower case
        std::shared_ptr<Orgtrace::Json::Document> json;
        [[nodiscard]] Orgtrace::Json::Value root() const { return json ? json->root() : Orgtrace::Json::Value(); }
    };

    explicit Client(QUrl base) : m_base(std::move(base)) { }
    bool signIn(const QString &client, const QString &secret);
    Reply token(const QByteArray &basic, const QByteArray &form, const QByteArray &contentType = "application/x-www-form-urlencoded");
    Reply get(const QString &pathAndQuery);
    Reply post(const QString &pathAndQuery, const QByteArray &body);
    Reply send(const QByteArray &method, const QString &pathAndQuery, const QByteArray &body = {});
    /// Sends and gives up after that many ms: for answers that never come.
    Reply getOrGiveUp(const QString &pathAndQuery, int ms);
    void forgetToken() { m_token.clear(); }
    void setToken(const QByteArray &token) { m_token = token; }

    /// Every entity of a listing, whatever its paging style; each page's document is kept alive by the client.
    QList<Orgtrace::Json::Value> all(const QString &path, const QString &query, int pageSize);

private:
    Reply wait(QNetworkReply *reply, int giveUpMs = 20000);
    QNetworkRequest request(const QString &pathAndQuery) const;

    QUrl m_base;
    QByteArray m_token;
    QNetworkAccessManager m_network;
    std::vector<std::shared_ptr<Orgtrace::Json::Document>> m_pages;
};
