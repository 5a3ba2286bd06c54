import { placeOrder } from "./actions.ts";

export default function Page() {
  return (
    <form action={placeOrder}>
      <input name="to" type="email" required aria-label="Your address" />
      <button type="submit">Order</button>
    </form>
  );
}
