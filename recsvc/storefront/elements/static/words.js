// The words of the elements; a shop lays its own over them: data-words='{"next": "Go on"}' on the script's tag.

import { complain, locale, told } from "./page.js";

const WORDS = {
  en: {
    back: "Back",
    dontKnow: "I don’t know",
    earlier: "Previous products",
    failed: "That did not work. Please try again.",
    finish: "Show my result now",
    less: "Less",
    more: "More",
    moreProducts: "More products",
    next: "Next",
    noThanks: "No, thank you",
    place: "Place of {choice}",
    progress: "Question {number} of at most {most}",
    relaxed: "Nothing fits every wish, so these come closest.",
    restart: "Start again",
    result: "What fits you",
    save: "Save, or go on with another device",
    send: "Yes, please",
    skip: "Skip this question",
    soFar: "What fits so far",
    thanks: "Thank you. This makes your suggestions better.",
    address: "Your e-mail address",
    email: "By e-mail",
    line: "On LINE",
    pickMost: "Choose up to {most}.",
    pickBetween: "Choose {fewest} to {most}.",
    agree: "Please agree above, or skip this question.",
  },
  ja: {
    back: "戻る",
    dontKnow: "わからない",
    earlier: "前の商品",
    failed: "うまくいきませんでした。もう一度お試しください。",
    finish: "ここまでの結果を見る",
    less: "減らす",
    more: "増やす",
    moreProducts: "次の商品",
    next: "次へ",
    noThanks: "今回は見送る",
    place: "{choice}の順位",
    progress: "質問 {number}（最大 {most} 問）",
    relaxed: "すべての希望に合う商品がないため、近いものを選びました。",
    restart: "はじめからやり直す",
    result: "あなたに合う商品",
    save: "保存する・別の端末で続ける",
    send: "同意して受け取る",
    skip: "この質問をとばす",
    soFar: "ここまでの回答に合う商品",
    thanks: "ありがとうございます。おすすめに役立てます。",
    address: "メールアドレス",
    email: "メール",
    line: "LINE",
    pickMost: "{most}個まで選べます。",
    pickBetween: "{fewest}〜{most}個選んでください。",
    agree: "上の内容に同意するか、この質問をとばしてください。",
  },
};

function ofTheShop() {
  try {
    return JSON.parse(told.words ?? "{}");
  } catch (error) {
    complain(error);
    return {};
  }
}
const words = { ...WORDS.en, ...WORDS[locale.slice(0, 2)], ...ofTheShop() };

export function say(name, values = {}) {
  return String(words[name]).replace(/\{(\w+)\}/g, (_, place) => values[place]);
}
