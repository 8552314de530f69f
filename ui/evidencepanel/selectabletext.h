#pragma once

#include <QTextEdit>

namespace Orgtrace::Ui {

/// Plain paragraphs that can be selected and copied, as high as their text, breaking anywhere: untrusted values cannot widen the panel or carry markup.
class SelectableText final : public QTextEdit
{
    Q_OBJECT
public:
    enum class Style { Plain, Strong, Muted, Mono };
    explicit SelectableText(QWidget *parent = nullptr);
    void clearParagraphs();
    void addParagraph(const QString &text, Style style = Style::Plain); ///< already fit for display
    [[nodiscard]] QSize sizeHint() const override;
    [[nodiscard]] QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;
    void changeEvent(QEvent *event) override;

private:
    void fit();
    void restyle();
    QList<std::pair<QString, Style>> m_paragraphs;
    bool m_fitting = false;
};

} // namespace Orgtrace::Ui
