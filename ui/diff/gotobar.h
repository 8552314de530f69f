#pragma once

#include "diff/diffdocument.h"

#include <QWidget>

class QCompleter;
class QLabel;
class QLineEdit;
class QStringListModel;

namespace Orgtrace::Ui {

class DiffView;

/// The line of a place: a JSON pointer ("/grants/0"), a path with elements by identity ("/grants/[role=R]/division") or a line number; 0: nowhere.
[[nodiscard]] int lineOfPlace(const DiffDocument &document, Side side, const QString &place);
/// What may follow what was typed: the members of the container it names. At most a few hundred.
[[nodiscard]] QStringList placesAfter(const DiffDocument &document, Side side, const QString &typed);

/// Goes to a pointer, a path or a line, with completion while typing. Inline, above the texts.
class GoToBar final : public QWidget
{
    Q_OBJECT
public:
    explicit GoToBar(DiffView &view, QWidget *parent = nullptr);
    void open(); ///< shows it, with the place where one is
    void dismiss();
    [[nodiscard]] QLineEdit *field() const { return m_edit; }
    [[nodiscard]] QCompleter *completer() const { return m_completer; }
    [[nodiscard]] QString complaint() const; ///< empty: the last place was there

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    void go();
    void complete();
    DiffView &m_view;
    QLineEdit *m_edit;
    QLabel *m_complaint;
    QCompleter *m_completer;
    QStringListModel *m_places;
    QString m_completedFor; ///< whose members are offered
    std::weak_ptr<const DiffDocument> m_completedIn;
};

} // namespace Orgtrace::Ui
