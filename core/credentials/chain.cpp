#include "credentials/credentialstore.h"

namespace Orgtrace::Credentials {

namespace {

class Chain final : public CredentialStore
{
public:
    explicit Chain(std::vector<std::unique_ptr<CredentialStore>> places) : m_places(std::move(places)) { }

    QString placeName() const override
    {
        QStringList names;
        for (const auto &place : m_places)
            names += place->placeName();
        return names.join(QStringLiteral(", "));
    }

    bool isWritable() const override
    {
        return std::ranges::any_of(m_places, [](const auto &place) { return place->isWritable(); });
    }

    QCoro::Task<Result<Secret>> read(QString name) override
    {
        // A place that could not be asked may hold the name: say so rather than "not found".
        std::optional<Error> unavailable;
        for (size_t i = 0; i < m_places.size(); ++i) {
            auto task = m_places[i]->read(name);
            const Result<Secret> secret = co_await task;
            if (secret)
                co_return secret;
            if (secret.error().code != ErrorCode::NotFound && !unavailable)
                unavailable = Error{secret.error().code, m_places[i]->placeName() + QStringLiteral(": ") + secret.error().detail,
                                    secret.error().where};
        }
        if (unavailable)
            co_return Result<Secret>(std::unexpected(*unavailable));
        co_return Error::make(ErrorCode::NotFound, QStringLiteral("not in %1").arg(placeName()), name);
    }

    QCoro::Task<Result<void>> write(QString name, Secret secret) override
    {
        std::optional<Error> refused;
        for (size_t i = 0; i < m_places.size(); ++i) {
            if (!m_places[i]->isWritable())
                continue;
            auto task = m_places[i]->write(name, secret);
            const Result<void> done = co_await task;
            if (done)
                co_return done;
            if (!refused)
                refused
                    = Error{done.error().code, m_places[i]->placeName() + QStringLiteral(": ") + done.error().detail, done.error().where};
        }
        if (refused)
            co_return Result<void>(std::unexpected(*refused));
        co_return Error::make(ErrorCode::BadInput, QStringLiteral("no place that can be written to: %1").arg(placeName()), name);
    }

    QCoro::Task<Result<void>> remove(QString name) override
    {
        std::optional<Error> trouble;
        bool removed = false;
        for (size_t i = 0; i < m_places.size(); ++i) {
            if (!m_places[i]->isWritable())
                continue;
            auto task = m_places[i]->remove(name);
            const Result<void> done = co_await task;
            if (done)
                removed = true;
            else if (done.error().code != ErrorCode::NotFound && !trouble)
                trouble
                    = Error{done.error().code, m_places[i]->placeName() + QStringLiteral(": ") + done.error().detail, done.error().where};
        }
        // Removing means gone everywhere: a place that could not be asked may still have it.
        if (trouble)
            co_return Result<void>(std::unexpected(*trouble));
        if (!removed)
            co_return Error::make(ErrorCode::NotFound, QStringLiteral("not in %1").arg(placeName()), name);
        co_return Result<void>();
    }

private:
    std::vector<std::unique_ptr<CredentialStore>> m_places;
};

} // namespace

std::unique_ptr<CredentialStore> chain(std::vector<std::unique_ptr<CredentialStore>> places)
{
    return std::make_unique<Chain>(std::move(places));
}

} // namespace Orgtrace::Credentials
